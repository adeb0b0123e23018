// The inverse of the decoder: fields to counts by the same tables, counts to packet bytes. For the simulator and for
// round-trip tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "calibrate/row_use.h"
#include "calibrate/table_set.h"
#include "core/bytes.h"
#include "core/error.h"
#include "decoders/avhrr3/packet.h"
#include "decoders/avhrr3/thermal.h"

namespace dl::decoders::avhrr3 {

// What the instrument sees of itself. The defaults are the published Metop-B counts of 2026-07-30 (instruments.md
// 5.1); for 3B the counts of pygac's NOAA-19 example.
struct InstrumentState {
  std::uint16_t prt_count = 200;  // all four thermometers: about 286.8 K
  std::array<std::uint16_t, kSlots> space_count = {39, 40, 38, 992, 992};
  std::array<std::uint16_t, kSlots> black_body_count = {42, 41, 38, 489, 432};
  std::uint16_t space_count_3b = 987;
  std::uint16_t black_body_count_3b = 745;
};

// The fields of one scan line, [pixel]; kPixels each. Of the two bands 3 only the active one is read.
struct SceneLine {
  UtcTime time{};
  std::uint64_t line_number = 0;  // since any start: its place in the cycle of five decides which thermometer is sent
  bool channel_3b = false;
  std::span<const double> reflectance_1;
  std::span<const double> reflectance_2;
  std::span<const double> reflectance_3a;
  std::span<const double> temperature_3b_kelvin;
  std::span<const double> temperature_4_kelvin;
  std::span<const double> temperature_5_kelvin;
  std::span<const double> sun_zenith_deg;  // the reflectances are multiplied by its cosine, 0 at night
};

class Encoder {
 public:
  // `request.tables` must outlive the encoder; its rows passed check_rows.
  explicit Encoder(calibrate::CalibrationRequest request, InstrumentState state = {})
      : request_(std::move(request)), state_(state) {}

  // Counts rounded to the nearest, clipped to 0..1023. Kind config when no row applies at the line's time.
  Result<ScanLine> scan_line(const SceneLine& scene) const;

 private:
  Result<void> encode_solar(const SceneLine& scene, ScanLine& line) const;
  Result<void> encode_thermal(const SceneLine& scene, ScanLine& line) const;

  calibrate::CalibrationRequest request_;
  InstrumentState state_;
};

// kPacketBytes, with the parity that decode_packet checks. `sequence_count` of 14 bits.
Bytes encode_packet(const ScanLine& line, std::uint16_t sequence_count);

}  // namespace dl::decoders::avhrr3
