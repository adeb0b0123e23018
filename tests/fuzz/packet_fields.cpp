// What is read out of single packets: extent, header, checksums, time codes.
#include "link/packets/packet_checksum.h"
#include "link/packets/packet_extent.h"
#include "link/packets/space_packet.h"
#include "link/packets/time_code.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

void read_times(Input& input, ByteView bytes) {
  link::PacketTime format;
  format.code = static_cast<link::TimeCode>(input.below(2));
  format.epoch_days_from_1970 = static_cast<std::int32_t>(input.word()) - 32768;
  format.day_is_valid = input.flag();
  format.utc_offset_s = static_cast<std::int32_t>(input.word()) - 32768;
  format.cds_day_bytes = 2 + input.below(2);
  format.cds_submillisecond_bytes = 2 * input.below(3);
  format.cuc_coarse_bytes = 1 + input.below(7);
  format.cuc_fine_bytes = input.below(11);
  format.cuc_counts_leap_seconds = input.flag();
  const auto time = link::read_time(bytes, format, kReceived);
  if (!time) return;
  DL_MUST(bytes.size() >= link::time_code_size(format));
  DL_MUST(link::read_time(bytes.first(link::time_code_size(format)), format, kReceived) == time);
}

void read_packets(ByteView bytes, bool encapsulation) {
  const link::PacketExtent extent = link::packet_extent(bytes, encapsulation);
  if (extent.state != link::PacketExtent::State::good || extent.size_bytes > bytes.size()) return;
  DL_MUST(extent.size_bytes > 0);
  const ByteView whole = bytes.first(extent.size_bytes);
  link::is_idle_packet(whole, extent.kind);
  const link::Packet packet = link::read_packet(whole, extent.kind, {});
  DL_MUST(packet.bytes.size() == extent.size_bytes);
  if (extent.kind != link::PacketKind::space) return;
  for (const auto checksum : {link::PacketChecksum::crc_16, link::PacketChecksum::crc_16_data,
                              link::PacketChecksum::xor_16, link::PacketChecksum::xor_8})
    link::checksum_is_right(whole, checksum);
  // A space packet's header, written again, is the same; its version is 0.
  Bytes again;
  link::append_space_packet(link::parse_space_packet_header(whole), whole.subspan(link::kPacketHeaderBytes), again);
  DL_MUST(std::equal(whole.begin(), whole.end(), again.begin(), again.end()));
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const bool encapsulation = input.flag();
  Input choices = input;
  choices.take(14);
  const dl::Bytes bytes = copy_of(choices.rest());  // of their own, so that reading beyond them is noticed
  read_times(input, bytes);
  if (!bytes.empty()) read_packets(bytes, encapsulation);
  return 0;
}
