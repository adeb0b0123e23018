// Meteor-M LRPT image packets to granules of 300 s of UTC.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "decoders/instrument.h"
#include "decoders/msu_mr/calibration.h"
#include "decoders/msu_mr/granule_builder.h"
#include "decoders/msu_mr/packet.h"

namespace dl::decoders::msu_mr {

// A packet further than this from the one before is believed only when the next one agrees with it: one odd time would
// close a granule and make the rest of the pass late.
inline constexpr Seconds kMaxTimeStep{60};
// A longer silence is the end of a pass, and its lines are not expected.
inline constexpr Seconds kMaxGapInPass{900};

// Packets with an APID other than 64 to 69 are not accepted and not counted. A strip belongs to the slot of its first
// line. A packet whose blocks cannot be decoded is dropped whole (decoder_refused) and its pixels are masked; so are
// those of a packet that never came.
class Decoder final : public InstrumentDecoder {
 public:
  // Kind config when the profile says nothing about the packets' time, corrupt when tables that were asked for are.
  static Result<std::unique_ptr<Decoder>> create(const PassContext& context);

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return packets_; }
  [[nodiscard]] const LossLedger& line_losses() const override { return lines_; }

 private:
  Decoder(const PassContext& context, Calibration calibration)
      : context_(context), time_(*context.profile.packet_time), calibration_(std::move(calibration)) {}

  // A packet whose time must be confirmed by the next one, with its bytes.
  struct Doubted {
    UtcTime time{};
    link::Packet packet;
    Bytes bytes;
  };

  [[nodiscard]] UtcTime time_of(const ImagePacket& image) const;
  Result<void> take(UtcTime time, const ImagePacket& image, const link::Packet& packet, GranuleSink& sink);
  Result<void> place(UtcTime time, const ImagePacket& image, const link::Packet& packet, GranuleSink& sink);
  Result<void> place_doubted(GranuleSink& sink);
  Result<void> close(std::optional<UtcTime> next, GranuleSink& sink);
  void drop(DropReason reason, const link::Packet& packet) { packets_.drop(reason, 1, packet.bytes.size()); }

  const PassContext& context_;
  link::PacketTime time_;
  Calibration calibration_;
  std::optional<GranuleBuilder> open_;
  std::optional<UtcTime> previous_strip_;  // the last one of the granule that was handed over last
  std::optional<UtcTime> last_time_;       // of the latest packet that was believed
  std::optional<Doubted> doubted_;
  LossLedger packets_;
  LossLedger lines_;
};

}  // namespace dl::decoders::msu_mr
