// What the fuzz targets of MHS and AMSU-A share: decoders, and what holds of every granule whatever the packets were.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "decoders/sounder_decoder.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {

class CheckingSink final : public decoders::GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule granule) override {
    DL_MUST(granule.line_count > 0 && granule.lines.size() == granule.line_count);
    DL_MUST(granule.quality.size() == granule.bands.size() && !granule.bands.empty());
    const std::size_t pixels = granule.line_count * granule.pixel_count;
    for (std::size_t band = 0; band < granule.bands.size(); ++band) {
      DL_MUST(granule.bands[band].values.size() == pixels && granule.quality[band].size() == pixels);
      for (std::size_t i = 0; i < pixels; ++i) {
        const bool without_value = granule.bands[band].values[i] == calibrate::kNoData;
        DL_MUST(without_value == ((granule.quality[band][i] & calibrate::kPixelNoData) != 0));
      }
    }
    for (std::size_t line = 1; line < granule.line_count; ++line) {
      DL_MUST(granule.lines[line].time > granule.lines[line - 1].time - Seconds(8));
    }
    return {};
  }
};

// Tables are read once: to parse them takes a hundred times as long as all the rest of a run.
inline decoders::SounderDecoder make_decoder(const decoders::SounderInstrument& instrument, const std::string& platform,
                                             UtcTime started_at) {
  static std::map<std::pair<std::string_view, std::string>, decoders::SounderInput> loaded;
  const std::pair<std::string_view, std::string> key(instrument.id, platform);
  auto found = loaded.find(key);
  if (found == loaded.end()) {
    decoders::PassContext context;
    context.profile.platform = platform;
    context.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
    found = loaded.emplace(key, decoders::SounderDecoder::load_input(instrument, context).value()).first;
  }
  decoders::SounderInput input = found->second;
  input.started_at = started_at;
  return {instrument, std::move(input)};
}

// Ends the pass: all of `accepted` packets are booked, and every line.
inline void finish(decoders::SounderDecoder& decoder, CheckingSink& sink, std::uint64_t accepted) {
  DL_MUST(decoder.flush(sink));
  const LossLedger& packets = decoder.losses();
  DL_MUST(packets.units_in == accepted && packets.balanced());
  DL_MUST(packets.units_in == packets.units_out + packets.all_dropped().units);
  const LossLedger& lines = decoder.line_losses();
  DL_MUST(lines.units_in == lines.units_out + lines.all_dropped().units);
}

}  // namespace dl::fuzz
