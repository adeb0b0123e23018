#include "daemon/ingest/unit.h"

namespace dl::daemon {
namespace {

// CCSDS 133.0-B 4.1.3: 6 bytes of header, the length field is one less than the bytes behind it.
constexpr std::size_t kPacketHeaderBytes = 6;
constexpr std::size_t kLongestPacketBytes = kPacketHeaderBytes + 65536;

// 0 when the header is not whole.
std::size_t packet_size(ByteView bytes) {
  if (bytes.size() < kPacketHeaderBytes) return 0;
  return kPacketHeaderBytes + 1 + (std::size_t{bytes[4]} << 8 | bytes[5]);
}

std::size_t unit_size(const link::Profile& profile, link::InputForm form) {
  switch (form) {
    case link::InputForm::bits:
      // Units of minor frames are no whole number of bytes: a stream.
      return profile.cadu_bits() % 8 == 0 ? profile.cadu_bits() / 8 : 0;
    case link::InputForm::codeblocks:
      return profile.codeblock_size_bytes();
    case link::InputForm::frames:
      return profile.frame_size_bytes();
    case link::InputForm::packets:
    case link::InputForm::soft_symbols:
      break;
  }
  return 0;
}

}  // namespace

Unit Unit::of(const link::Profile& profile, link::InputForm form) {
  return {form, unit_size(profile, form)};
}

Unit Unit::of_stream(const link::Profile& profile, link::InputForm form) {
  return form == link::InputForm::bits ? Unit(form, 0) : of(profile, form);
}

bool Unit::fits(ByteView message) const {
  if (message.empty()) return false;
  if (is_stream()) return true;
  if (size_bytes_ != 0) return message.size() == size_bytes_;
  return whole_bytes(message) == message.size();
}

std::size_t Unit::whole_bytes(ByteView bytes) const {
  if (is_stream()) return bytes.size();
  if (size_bytes_ != 0) return bytes.size() / size_bytes_ * size_bytes_;
  std::size_t whole = 0;
  while (true) {
    const std::size_t size = packet_size(bytes.subspan(whole));
    if (size == 0 || size > bytes.size() - whole) return whole;
    whole += size;
  }
}

std::size_t Unit::longest_bytes() const {
  if (is_stream()) return 1;
  return size_bytes_ != 0 ? size_bytes_ : kLongestPacketBytes;
}

}  // namespace dl::daemon
