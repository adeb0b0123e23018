#include "core/base64.h"

#include <fmt/format.h>

namespace dl {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(ByteView bytes, std::string_view alphabet, bool padding) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8) | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k <= count; ++k) text += alphabet[(group >> (18 - 6 * k)) & 63];
    if (padding) text.append(3 - count, '=');
  }
  return text;
}

}  // namespace

std::string base64_encode(ByteView bytes) { return encode(bytes, kStandard, true); }
std::string base64url_encode(ByteView bytes) { return encode(bytes, kUrl, false); }

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return fail(ErrorKind::corrupt, fmt::format("expected base64 in groups of four, found {} characters", text.size()));
  }
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t padding = 0;
    if (i + 4 == text.size()) padding = text[i + 3] != '=' ? 0 : (text[i + 2] != '=' ? 1 : 2);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t digit = k >= 4 - padding ? 0 : kStandard.find(text[i + k]);
      if (digit == std::string_view::npos) {
        return fail(ErrorKind::corrupt, fmt::format("expected base64, found a foreign character at {}", i + k));
      }
      group = (group << 6) | static_cast<std::uint32_t>(digit);
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) bytes.push_back(static_cast<Byte>(group >> (16 - 8 * k)));
  }
  return bytes;
}

}  // namespace dl
