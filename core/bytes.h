// Views of bytes and big-endian reads. Every format from the sky that we know is big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace dl {

using Byte = std::uint8_t;
using ByteView = std::span<const Byte>;
using Bytes = std::vector<Byte>;

// The caller guarantees that the bytes are there.
inline std::uint16_t read_u16(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint16_t>((bytes[offset] << 8) | bytes[offset + 1]);
}
inline std::uint32_t read_u24(ByteView bytes, std::size_t offset) {
  return (std::uint32_t{bytes[offset]} << 16) | (std::uint32_t{bytes[offset + 1]} << 8) | bytes[offset + 2];
}
inline std::uint32_t read_u32(ByteView bytes, std::size_t offset) {
  return (std::uint32_t{bytes[offset]} << 24) | read_u24(bytes, offset + 1);
}

inline void append_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<Byte>(value >> 8));
  out.push_back(static_cast<Byte>(value));
}
inline void append_u32(Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16));
  append_u16(out, static_cast<std::uint16_t>(value));
}

inline ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const Byte*>(text.data()), text.size()}; }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace dl
