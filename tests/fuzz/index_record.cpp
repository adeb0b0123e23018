#include "recording/index_record.h"

#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

using namespace recording;

using Record = std::array<Byte, kIndexRecordBytes>;

// Any bytes: what is accepted is written again so that it means the same.
void read(ByteView bytes) {
  Record record{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), record.size()), record.begin());
  const auto chunk = decode_index_record(record);
  if (!chunk) return;
  Record again{};
  encode_index_record(*chunk, again);
  DL_MUST(decode_index_record(again) == chunk);
}

// Any chunk comes back, and not with any three bits of its record wrong.
void write(Input& input) {
  const auto number = [&] { return std::uint32_t{input.word()} << 16 | input.word(); };
  Chunk chunk;
  chunk.offset = std::uint64_t{number()} << 32 | number();
  chunk.size = number();
  chunk.connection = number() & 0xFFFFFF;
  chunk.verdict = static_cast<Verdict>(input.below(3));
  chunk.received_at = kReceived + Microseconds(number());
  chunk.crc32c = number();
  Record record{};
  encode_index_record(chunk, record);
  DL_MUST(decode_index_record(record) == chunk);
  Record damaged = record;
  for (int bit = 0; bit < 3; ++bit) damaged[input.below(kIndexRecordBytes)] ^= static_cast<Byte>(1 << input.below(8));
  DL_MUST(damaged == record || !decode_index_record(damaged));
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dl::fuzz::Input input(data, size);
  dl::fuzz::read(input.rest());
  dl::fuzz::write(input);
  return 0;
}
