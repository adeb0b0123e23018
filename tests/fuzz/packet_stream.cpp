#include "link/packets/packet_stream.h"

#include <tuple>

#include "tests/fuzz/fuzz_profile.h"

namespace dl::fuzz {
namespace {

struct Outcome {
  std::vector<std::tuple<unsigned, bool, std::uint64_t, Bytes>> packets;
  LossLedger losses;
};

Outcome run(const link::Profile& profile, ByteView bytes, std::uint8_t seed, std::size_t longest) {
  link::PacketStream stream(profile);
  auto& batch = empty_batch<link::PacketBatch>();
  Outcome outcome;
  const auto collect = [&] {
    for (const link::Packet& packet : batch.packets())
      outcome.packets.emplace_back(packet.apid, packet.gap_before, packet.input_offset, copy_of(packet.bytes));
    batch.clear();
  };
  const auto push = [&](ByteView piece) {
    stream.push(piece, kReceived, batch);
    collect();
  };
  in_pieces(bytes, seed, longest, push);
  stream.skip(seed, DropReason::quarantined, batch);
  collect();
  in_pieces(bytes.last(bytes.size() / 2), seed, longest, push);
  stream.flush(batch);
  collect();
  outcome.losses = stream.losses();
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// How the input is cut changes nothing, and bytes add up.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  dl::link::Profile profile;
  profile.encapsulation_packets = input.flag();
  const auto apid = static_cast<std::uint16_t>(input.word() & 0x7FF);
  profile.routes.push_back({0, {apid}, "any"});
  // Bit 0: checksums; bits 1 to 3 all set: of every APID, whose table is long.
  const std::uint8_t checks = input.byte();
  if ((checks & 1) != 0) {
    dl::link::ChecksumRule rule{{}, static_cast<dl::link::PacketChecksum>(1 + input.below(4))};
    if ((checks & 14) != 14) rule.apids = {apid};
    profile.checksums.push_back(rule);
  }
  const std::uint8_t seed = input.byte();
  const Outcome whole = run(profile, input.rest(), seed, size + 1);
  DL_MUST(whole.losses.balanced());
  DL_MUST(whole.losses.units_in == whole.losses.units_out + whole.losses.all_dropped().units);
  if (!compares_pieces(seed)) return 0;
  const Outcome pieces = run(profile, input.rest(), seed, 1 + seed % 50U);
  DL_MUST(whole.packets == pieces.packets);
  DL_MUST(pieces.losses.balanced());
  DL_MUST(whole.losses.lost().bytes == pieces.losses.lost().bytes);
  return 0;
}
