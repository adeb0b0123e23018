// Packets of one instrument to archives of one slot of UTC each: verified, in order of time, without duplicates.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "decoders/instrument.h"
#include "decoders/packet_archive/definition.h"
#include "decoders/packet_archive/slot.h"

namespace dl::decoders::packet_archive {

// A packet further than this from the one before is believed only when the next one agrees with it. More than an image
// decoder allows: some of these instruments send a packet every few minutes.
inline constexpr Seconds kMaxTimeStep{900};
// A slot stays open for this long after its end, by the packets' times: so far the order of arrival does not matter.
inline constexpr Seconds kLateness{60};
// Of all open slots. More cannot come in their time over any downlink; the earliest slot is closed before its time
// then.
inline constexpr std::size_t kMaxHeldBytes = std::size_t{128} << 20;
// Packets whose checksum is wrong are kept until the slot closes that their time tells; more are counted and dropped.
inline constexpr std::size_t kMaxRejectedBytes = std::size_t{16} << 20;

// Space packets (Metop): the exclusive or of all 16-bit words of a packet is 0 (VPC); one for which it is not is
// dropped as packet_checksum, and lies beside the others in the archive of its slot; Definition::may_end_in_crc_16
// names those that have a second chance. TIP minor frames (NOAA) have been verified by the link layer; this
// instrument's octets are taken out of them. Packets without a time are not accepted. Dropped: packet_checksum,
// packet_time (nothing near it agrees), duplicate_packet (the same bytes), late_packet (its slot was closed),
// decoder_refused (a TIP or AIP minor frame whose counter cannot be).
class Archive final : public InstrumentDecoder {
 public:
  // `definition` and `context` live longer than the decoder.
  static Result<std::unique_ptr<Archive>> create(const Definition& definition, const PassContext& context);

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return packets_; }
  // There are no lines.
  [[nodiscard]] const LossLedger& line_losses() const override { return lines_; }

 private:
  struct Arrival {
    calibrate::ArchivedPacket packet;
    std::uint16_t symbols_corrected = 0;
    std::size_t size_bytes = 0;  // as it came
  };

  Archive(const Definition& definition, const PassContext& context) : definition_(definition), context_(context) {}

  [[nodiscard]] std::optional<UtcTime> time_of(const link::Packet& packet) const;
  [[nodiscard]] calibrate::ArchivedPacket archived(const link::Packet& packet, UtcTime time) const;
  Result<void> take(Arrival arrival, GranuleSink& sink);
  Result<void> place(Arrival arrival, GranuleSink& sink);
  void reject(Arrival arrival);
  Result<void> close_before(UtcTime time, GranuleSink& sink);
  Result<void> close_first(GranuleSink& sink);
  void drop(DropReason reason, std::size_t size_bytes) { packets_.drop(reason, 1, size_bytes); }

  const Definition& definition_;
  const PassContext& context_;
  std::map<UtcTime, Slot> open_;  // by their start
  std::size_t held_bytes_ = 0;
  std::set<UtcTime> closed_;
  std::optional<UtcTime> last_time_;  // of the latest packet that was believed
  std::optional<Arrival> doubted_;
  std::vector<Arrival> rejected_;
  std::size_t rejected_bytes_ = 0;
  std::optional<UtcTime> last_closed_;
  LastCounts last_counts_;  // of last_closed_
  LossLedger packets_;
  LossLedger lines_;
};

}  // namespace dl::decoders::packet_archive
