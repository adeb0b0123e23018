// From the bytes of a transfer frame to what the stages behind need of it, whatever its kind: reads and checks the
// header, and finds the data field. What is not a good frame of the profile's spacecraft is dropped, in this order:
//   header_error_control  AOS: more wrong symbols in the header than its own code can correct
//   fecf_bad              the CRC-16 over the frame is wrong
//   frame_version         not the transfer frame version that the profile names
//   frame_scid            the frame of another spacecraft, compared with the whole field of its kind of frame
//   station_erred         the station says that its decoder failed, and neither Reed-Solomon nor an FECF of ours has
//                         proved the frame good
//   idle                  an idle virtual channel
//   frame_header          fields that contradict each other or the size of the frame
// A Reed-Solomon decoder alone is no proof: idle filler can be corrected into nonsense. Idle frames on channels that
// carry data as well (first header pointer "idle data only") are not dropped: they are part of their channel's count.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/profile.h"

namespace dl::link {

inline constexpr std::size_t kVirtualChannels = 64;

// Frames that passed the code and carry the identifier of another spacecraft.
struct ScidCount {
  std::uint8_t version = 0;  // as the profile's frame_version: TM 0, AOS 1, USLP 12
  std::uint16_t scid = 0;
  std::uint64_t frames = 0;
};

class FrameCheck {
 public:
  // The profile is one that load_spacecraft_profile() accepts.
  explicit FrameCheck(const Profile& profile);

  // Sets what Frame says comes from the header, of every frame that is not dropped before.
  void check(FrameBatch& batch);

  // Units are frames. Dropped: the reasons above.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  // By version and identifier.
  [[nodiscard]] std::vector<ScidCount> other_spacecraft() const;

 private:
  using Verdict = std::optional<DropReason>;

  void follow_input(const Frame& frame);
  [[nodiscard]] Verdict judge(Frame& frame);
  [[nodiscard]] Verdict check_identity(std::uint8_t version, const Frame& frame);
  [[nodiscard]] Verdict foreign_version(std::uint8_t version, const Frame& frame);
  [[nodiscard]] Verdict read_tm(Frame& frame);
  [[nodiscard]] Verdict read_aos(Frame& frame);
  [[nodiscard]] Verdict read_aos_zone(Frame& frame, std::span<Byte> zone) const;
  [[nodiscard]] Verdict read_uslp(Frame& frame);
  [[nodiscard]] static Verdict read_uslp_zone(Frame& frame, std::span<Byte> field, bool packets);
  [[nodiscard]] Verdict read_minor_frame(Frame& frame);
  [[nodiscard]] std::span<Byte> between(const Frame& frame, std::size_t header_bytes, bool operational_control) const;

  Profile profile_;
  bool proved_by_code_;
  std::bitset<kVirtualChannels> idle_;
  std::array<VirtualChannelService, kVirtualChannels> services_{};
  std::uint32_t breaks_ = 0;
  std::optional<std::uint64_t> last_input_offset_;
  std::map<std::pair<std::uint8_t, std::uint16_t>, std::uint64_t> other_spacecraft_;
  LossLedger losses_;
};

}  // namespace dl::link
