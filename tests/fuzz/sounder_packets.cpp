// MHS and AMSU-A: packets with a right parity and any content, at any time, to granules. The first byte of each piece
// says what it is; its rest is repeated until the packet is full.
#include <map>
#include <string_view>

#include "decoders/amsu_a/instrument.h"
#include "decoders/amsu_a/packet.h"
#include "decoders/metop_packet.h"
#include "decoders/mhs/instrument.h"
#include "decoders/mhs/packet.h"
#include "decoders/sounder_decoder.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

constexpr UtcTime kStart = std::chrono::sys_days(std::chrono::year(2026) / 5 / 12);

// What holds of every granule, whatever the packets were.
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
decoders::SounderDecoder make_decoder(const decoders::SounderInstrument& instrument) {
  static std::map<std::string_view, decoders::SounderInput> loaded;
  auto found = loaded.find(instrument.id);
  if (found == loaded.end()) {
    decoders::PassContext context;
    context.profile.platform = "metop-b";
    context.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
    found = loaded.emplace(instrument.id, decoders::SounderDecoder::load_input(instrument, context).value()).first;
  }
  return {instrument, found->second};
}

Bytes filled(ByteView pattern, std::size_t size_bytes) {
  Bytes data(size_bytes);
  for (std::size_t i = 0; i < size_bytes && !pattern.empty(); ++i) data[i] = pattern[i % pattern.size()];
  return data;
}

// One packet of the instrument, or of another length.
Bytes next_packet(Input& input, bool mhs, UtcTime time, std::uint16_t& apid) {
  const std::uint8_t kind = input.byte();
  const auto& unit = decoders::amsu_a::kUnits[kind & 1];
  apid = mhs ? decoders::mhs::kMetopApid : unit.metop_apid;
  std::size_t size_bytes = mhs ? decoders::mhs::kMetopPacketBytes : unit.metop_packet_bytes;
  if ((kind & 0x70) == 0x70) size_bytes -= 2;
  const std::size_t around = decoders::kMetopDataOffset + decoders::kMetopParityBytes;
  const std::uint8_t pattern_bytes = input.byte();
  Bytes packet = decoders::make_metop_packet(apid, 0, time, filled(input.take(pattern_bytes), size_bytes - around));
  if ((kind & 0x80) != 0) packet[kind & 0x0F] ^= kind;
  return packet;
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const bool mhs = input.flag();
  dl::decoders::SounderDecoder decoder =
      make_decoder(mhs ? dl::decoders::mhs::kSounder : dl::decoders::amsu_a::kSounder);
  CheckingSink sink;
  std::uint64_t accepted = 0;
  dl::UtcTime time = kStart + dl::Milliseconds(input.word() * 100);
  for (int count = 0; count < 24 && !input.empty(); ++count) {
    time += dl::Milliseconds(static_cast<std::int16_t>(input.word()));
    std::uint16_t apid = 0;
    const dl::Bytes bytes = next_packet(input, mhs, time, apid);
    dl::link::Packet packet;
    packet.apid = apid;
    packet.bytes = bytes;
    const auto taken = decoder.push(packet, sink);
    DL_MUST(taken);
    if (*taken == dl::decoders::Accepted::yes) ++accepted;
  }
  DL_MUST(decoder.flush(sink));
  DL_MUST(decoder.losses().units_in == accepted && decoder.losses().balanced());
  const auto& lines = decoder.line_losses();
  DL_MUST(lines.units_in == lines.units_out + lines.all_dropped().units);
  return 0;
}
