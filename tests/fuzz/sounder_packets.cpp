// MHS and AMSU-A: packets with a right parity and any content, at any time, to granules. The first byte of each piece
// says what it is; its rest is repeated until the packet is full.
#include "decoders/amsu_a/instrument.h"
#include "decoders/amsu_a/packet.h"
#include "decoders/metop_packet.h"
#include "decoders/mhs/instrument.h"
#include "decoders/mhs/packet.h"
#include "tests/fuzz/sounder_run.h"

namespace dl::fuzz {
namespace {

constexpr UtcTime kStart = std::chrono::sys_days(std::chrono::year(2026) / 5 / 12);

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
  const auto& instrument = mhs ? dl::decoders::mhs::kSounder : dl::decoders::amsu_a::kSounder;
  dl::decoders::SounderDecoder decoder = make_decoder(instrument, "metop-b", kStart);
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
  finish(decoder, sink, accepted);
  return 0;
}
