// Raw bytes to checked frames: soft_decoder or word_unpacker (HRPT), frame_sync, channel_decoder and frame_check, in
// this order, each with its ledger. The part of the chain that there is once for each reception of a pass.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/loss_ledger.h"
#include "link/coding/channel_decoder.h"
#include "link/frame.h"
#include "link/frames/frame_check.h"
#include "link/link_report.h"
#include "link/profile.h"
#include "link/soft/soft_decoder.h"
#include "link/sync/frame_sync.h"
#include "link/sync/word_unpacker.h"

namespace dl::link {

class FrameReceiver {
 public:
  // The profile is one that load_spacecraft_profile() accepts, as Profile::received_as() makes it for its form, which
  // is not packets.
  explicit FrameReceiver(const Profile& profile);

  // The next bytes of the recording, all received at the same time and judged by the station alike.
  void push(ByteView bytes, UtcTime received_at, StationVerdict station = StationVerdict::none);
  // The pass has ended.
  void flush();
  // Steps over a stretch of the recording.
  void skip(std::uint64_t size_bytes, DropReason reason);

  // Every frame that the last push, flush or skip cut out of the input, with what became of it so far. Valid until the
  // next one.
  [[nodiscard]] std::vector<Frame>& frames() { return batch_.frames(); }

  [[nodiscard]] bool locked() const;
  // Fills in the stages that it consists of, and the form.
  void report_to(LinkReport& report) const;

 private:
  void synchronise_bits();
  void check_frames();

  Profile profile_;
  std::optional<SoftDecoder> soft_;
  std::optional<WordUnpacker> words_;  // HRPT
  SoftBits bits_;
  FrameSync sync_;
  ChannelDecoder decoder_;
  FrameCheck check_;
  FrameBatch batch_;
};

}  // namespace dl::link
