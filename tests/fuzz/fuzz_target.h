// What the fuzz targets share. A target is LLVMFuzzerTestOneInput() in a file of its own; what must hold whatever the
// input is a DL_MUST in it. CONTRIBUTING.md says how they are run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/bytes.h"
#include "core/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace dl::fuzz {

inline constexpr UtcTime kReceived{std::chrono::seconds{1'600'000'000}};

// Unlike an assertion it is there in every build.
#define DL_MUST(condition)                                                            \
  do {                                                                                \
    if (!(condition)) {                                                               \
      std::fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                   \
    }                                                                                 \
  } while (false)

// Takes choices from the front of the input, so that what is left is data for the parser. Zeros once it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint16_t word() {
    const std::uint8_t high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  bool flag() { return (byte() & 1) != 0; }
  // 0 to limit - 1.
  unsigned below(unsigned limit) { return byte() % limit; }
  template <class Value, std::size_t count>
  Value one_of(const Value (&values)[count]) {
    return values[below(count)];
  }
  ByteView take(std::size_t size) {
    const ByteView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] ByteView rest() const { return rest_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

// Whether a run with this seed is repeated in pieces: one in four, for it doubles a run's cost. The seed corpora's are.
constexpr bool compares_pieces(std::uint8_t seed) {
  return seed < 64;
}

// Calls `push` with all of `bytes`, in pieces of 1 to `longest` bytes that follow from `seed`.
template <class Push>
void in_pieces(ByteView bytes, std::uint8_t seed, std::size_t longest, Push push) {
  std::uint32_t state = seed * 2654435761U + 1;
  while (!bytes.empty()) {
    state = state * 1664525U + 1013904223U;
    const std::size_t size = std::min<std::size_t>(1 + (state >> 8) % longest, bytes.size());
    push(bytes.first(size));
    bytes = bytes.subspan(size);
  }
}

// An empty batch (link::PacketBatch, link::FrameBatch) whose storage is that of the run before: making a new one costs
// more than most runs. One at a time.
template <class Batch>
Batch& empty_batch() {
  static Batch batch;
  batch.clear();
  return batch;
}

inline Bytes copy_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace dl::fuzz
