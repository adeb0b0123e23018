#include "link/packets/packet_reassembler.h"

#include "tests/fuzz/fuzz_profile.h"

// Data fields of any length, pointers to anywhere, gaps anywhere: bytes add up, and packets are of the size they state.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl;
  using namespace dl::fuzz;
  Input input(data, size);
  link::Profile profile;
  profile.encapsulation_packets = input.flag();
  if (input.flag()) profile.checksums.push_back({{}, static_cast<link::PacketChecksum>(1 + input.below(4))});
  const auto idle = static_cast<link::IdlePackets>(input.below(2));
  link::PacketReassembler reassembler(profile, 5, idle);
  std::uint64_t out = 0;
  while (!input.empty()) {
    const std::uint8_t what = input.byte();
    Bytes frame = copy_of(input.take(input.byte()));
    link::Frame header;
    header.bytes = frame;
    const std::size_t around = std::min<std::size_t>(frame.size(), what & 7);
    header.data_field = std::span(frame).subspan(around);
    header.gap_before = (what & 8) != 0;
    header.first_header_pointer = (what & 16) != 0   ? link::kNoPacketStart
                                  : (what & 32) != 0 ? link::kIdleDataOnly
                                                     : input.byte();
    link::PacketBatch batch;
    reassembler.push(header, batch);
    for (const link::Packet& packet : batch.packets()) {
      DL_MUST(!packet.bytes.empty());
      const link::PacketExtent extent = link::packet_extent(packet.bytes, true);
      DL_MUST(packet.kind == link::PacketKind::frame_data ||
              (extent.state == link::PacketExtent::State::good && extent.size_bytes == packet.bytes.size()));
      out += packet.bytes.size();
    }
  }
  reassembler.flush();
  const LossLedger& losses = reassembler.losses();
  DL_MUST(losses.balanced());
  DL_MUST(losses.units_in == losses.units_out + losses.all_dropped().units);
  DL_MUST(idle == link::IdlePackets::put_out || out == losses.bytes_out);
  return 0;
}
