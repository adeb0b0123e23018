#include "daemon/ingest/cortex/cortex_request.h"

#include <array>
#include <span>

namespace dl::daemon {
namespace {

Bytes big_endian(std::span<const std::uint32_t> words) {
  Bytes bytes;
  bytes.reserve(words.size() * 4);
  for (const std::uint32_t word : words) append_u32(bytes, word);
  return bytes;
}

}  // namespace

Bytes cortex_request(const config::Cortex& cortex) {
  if (cortex.family == config::CortexFamily::crt) {
    std::array<std::uint32_t, 16> words{kCortexHead, sizeof words};
    words[3] = cortex.channel;
    words[5] = cortex.data_flow;
    words.back() = kCortexTail;
    return big_endian(words);
  }
  std::array<std::uint32_t, 32> words{kCortexHead, sizeof words};
  words[3] = cortex.channel;
  words[4] = cortex.data_flow;
  words[8] = cortex.blocks_per_reply;
  words.back() = kCortexTail;
  return big_endian(words);
}

}  // namespace dl::daemon
