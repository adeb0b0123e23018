#include "tools/downlink-sim/instrument_packets.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/file.h"
#include "core/sha256.h"
#include "decoders/metop_packet.h"

namespace dl::sim {
namespace {

// EUMETSAT TD 18, table 1. HIRS, SEM and GOME-2 packets have their true sizes, HIRS and SEM their true periods.
struct Stream {
  std::uint8_t vcid = 0;
  std::uint16_t first_apid = 0;
  std::uint16_t count = 1;  // APIDs
  std::uint16_t step = 1;   // from one APID to the next
  Milliseconds period{};
  std::size_t size_bytes = 0;
};
constexpr std::array kStreams = {
    Stream{10, 130, 4, 5, Milliseconds{2000}, 420},     // IASI spectra
    Stream{10, 150, 1, 1, Milliseconds{4000}, 1030},    // imager
    Stream{10, 180, 1, 1, Milliseconds{8000}, 246},     // auxiliary
    Stream{15, 208, 6, 1, Milliseconds{4000}, 668},     // ASCAT echoes
    Stream{15, 224, 6, 1, Milliseconds{20000}, 668},    // ASCAT noise
    Stream{24, 384, 1, 1, Milliseconds{12000}, 18738},  // GOME-2
    Stream{3, 38, 1, 1, Milliseconds{6400}, 2326},      // HIRS
    Stream{3, 37, 1, 1, Milliseconds{32000}, 662},      // SEM
    Stream{27, 35, 1, 1, Milliseconds{8000}, 310},      // A-DCS
};

constexpr std::uint16_t kCounterMask = 0x3FFF;

// Of one APID: every so many packets. Primes, so that they rarely meet.
PacketFate fate_of(std::uint64_t index, bool faults) {
  if (!faults || index == 0) return PacketFate::sent;
  if (index % 7 == 3) return PacketFate::damaged;
  if (index % 11 == 5) return PacketFate::lost;
  if (index % 13 == 6) return PacketFate::doubled;
  return index % 17 == 2 ? PacketFate::swapped : PacketFate::sent;
}

Bytes packet_bytes(const InstrumentPacket& packet, std::size_t size_bytes) {
  Bytes content;
  std::uint32_t state = packet.apid * 40503U + packet.sequence_count * 69069U + 1;
  while (content.size() + decoders::kMetopDataOffset + decoders::kMetopParityBytes < size_bytes) {
    state = state * 1664525U + 1013904223U;
    content.push_back(static_cast<Byte>(state >> 24));
  }
  return decoders::make_metop_packet(packet.apid, packet.sequence_count, packet.time, content);
}

// All packets of one APID, in the order of sending.
std::vector<InstrumentPacket> packets_of(const Stream& stream, std::uint16_t apid,
                                         const InstrumentPacketOptions& options) {
  std::vector<InstrumentPacket> packets;
  // Counters run since long before the pass; these go over their end in it.
  std::uint16_t count = static_cast<std::uint16_t>(kCounterMask - 9);
  std::uint64_t index = 0;
  for (UtcTime time = options.start; time < options.start + options.duration; time += stream.period) {
    InstrumentPacket packet{time, stream.vcid, apid, count, fate_of(index++, options.faults), {}};
    packet.bytes = packet_bytes(packet, stream.size_bytes);
    if (packet.fate == PacketFate::damaged) packet.bytes[packet.bytes.size() / 2] ^= 0x04;
    count = (count + 1) & kCounterMask;
    packets.push_back(std::move(packet));
  }
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    if (packets[i].fate != PacketFate::swapped) continue;
    std::swap(packets[i], packets[i + 1]);
    ++i;
  }
  return packets;
}

std::string_view to_string(PacketFate fate) {
  constexpr std::array<std::string_view, 5> kNames = {"sent", "lost", "doubled", "swapped", "damaged"};
  return kNames[static_cast<std::size_t>(fate)];
}

}  // namespace

std::vector<InstrumentPacket> make_instrument_packets(const InstrumentPacketOptions& options) {
  struct Sending {
    UtcTime at{};
    InstrumentPacket packet;
  };
  std::vector<Sending> all;
  for (const Stream& stream : kStreams) {
    for (std::uint16_t i = 0; i < stream.count; ++i) {
      const auto apid = static_cast<std::uint16_t>(stream.first_apid + i * stream.step);
      UtcTime at = options.start;
      for (InstrumentPacket& packet : packets_of(stream, apid, options)) {
        all.push_back({at, std::move(packet)});
        at += stream.period;
      }
    }
  }
  std::ranges::stable_sort(all, {}, &Sending::at);
  std::vector<InstrumentPacket> packets;
  packets.reserve(all.size());
  for (Sending& sending : all) packets.push_back(std::move(sending.packet));
  return packets;
}

Result<void> write_packet_list(const std::vector<InstrumentPacket>& packets, const std::filesystem::path& file) {
  std::string text;
  for (const InstrumentPacket& packet : packets) {
    text += fmt::format(
        "{{\"time\": \"{}\", \"vcid\": {}, \"apid\": {}, \"sequence_count\": {}, \"fate\": \"{}\", \"sha256\": "
        "\"{}\"}}\n",
        format_utc(packet.time), packet.vcid, packet.apid, packet.sequence_count, to_string(packet.fate),
        sha256_hex(packet.bytes));
  }
  return write_file_durably(file, as_bytes(text));
}

}  // namespace dl::sim
