// AVHRR/3 lines, from Metop's packets and from NOAA's HRPT minor frames, to granules of 180 s of UTC.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "calibrate/row_use.h"
#include "calibrate/table_set.h"
#include "decoders/avhrr3/location.h"
#include "decoders/avhrr3/packet.h"
#include "decoders/avhrr3/raw_granule.h"
#include "decoders/instrument.h"

namespace dl::decoders::avhrr3 {

inline constexpr std::string_view kDefaultProfile = "noaa-ospo";

// What is taken where nobody names a profile: kDefaultProfile, or the only other one that has numbers of the solar
// bands, where the bulletins of that satellite are not in the tables.
std::string default_profile(const calibrate::TableSet& tables);

// A packet further than this from the one before is believed only when the next one agrees with it: the parity of a
// packet is too weak to trust a single odd time, which would close a granule and make the rest of the pass late.
inline constexpr Seconds kMaxTimeStep{60};
// A longer silence is the end of a pass, and its lines are not expected.
inline constexpr Seconds kMaxGapInPass{900};

// A packet of another kind, length or APID is not accepted and not counted here. Lines that come twice, or for a
// granule that was handed over, are dropped and counted in both ledgers.
class Decoder final : public InstrumentDecoder {
 public:
  // Kind config when there are no tables of the platform or the profile is unknown, corrupt when a table is.
  static Result<std::unique_ptr<Decoder>> create(const PassContext& context);

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return packets_; }
  [[nodiscard]] const LossLedger& line_losses() const override { return lines_; }

 private:
  // A decoded packet, and what must be kept of it until its time is believed.
  struct Arrival {
    ScanLine line;
    std::uint32_t flags = 0;
    link::FrameQuality quality;
    bool gap_before = false;
    Bytes bytes;
  };

  Decoder() = default;

  void correct_clock(ScanLine& line) const;
  Result<void> take(Arrival arrival, GranuleSink& sink);
  Result<void> place(Arrival arrival, GranuleSink& sink);
  Result<void> close(Padding padding, GranuleSink& sink);
  Result<void> change_slot(UtcTime slot, UtcTime time, GranuleSink& sink);
  void drop(DropReason reason, std::size_t size_bytes);
  void drop_line(DropReason reason, std::size_t size_bytes);

  calibrate::TableSet tables_;
  calibrate::CalibrationRequest request_;
  std::shared_ptr<const calibrate::OrbitBook> orbits_;
  bool has_clock_rows_ = false;
  std::string platform_;
  LineFormat format_ = LineFormat::metop_packet;
  UtcTime started_at_{};  // HRPT sends no year
  bool started_at_assumed_ = false;

  std::optional<GranuleBuilder> open_;
  bool follows_granule_ = false;      // the open granule's slot follows that of the one before: pad its start
  std::optional<UtcTime> last_time_;  // of the latest line that was believed
  std::optional<Arrival> doubted_;
  std::set<UtcTime> closed_;  // slots that were handed over: one entry for 180 s of data
  LossLedger packets_;
  LossLedger lines_;
};

}  // namespace dl::decoders::avhrr3
