#include "calibrate/count_look_up.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>

namespace dl::calibrate {
namespace {

// Counts are read sixteen at a time before anything is written: the compiler cannot know that the spans do not overlap,
// and would otherwise wait for each store.
constexpr std::size_t kStride = 16;

static_assert(sizeof(CountEntry) == 4 && std::endian::native == std::endian::little);

}  // namespace

void look_up(std::span<const std::uint16_t> counts, std::span<const std::uint16_t> table,
             std::span<std::uint16_t> values) {
  assert(values.size() == counts.size());
  const std::uint16_t* const in = counts.data();
  const std::uint16_t* const entries = table.data();
  std::uint16_t* const out = values.data();
  const std::size_t size = counts.size();
  std::size_t i = 0;
  for (; i + kStride <= size; i += kStride) {
    std::uint16_t found[kStride];
    for (std::size_t k = 0; k < kStride; ++k) found[k] = entries[in[i + k]];
    std::copy_n(found, kStride, out + i);
  }
  for (; i < size; ++i) out[i] = entries[in[i]];
}

void look_up(std::span<const std::uint16_t> counts, std::span<const CountEntry> table, std::span<std::uint16_t> values,
             std::span<std::uint8_t> quality) {
  assert(values.size() == counts.size() && quality.size() == counts.size());
  const std::uint16_t* const in = counts.data();
  const CountEntry* const entries = table.data();
  const std::size_t size = counts.size();
  std::size_t i = 0;
  for (; i + kStride <= size; i += kStride) {
    // One load of 32 bits each; the vectors are then taken apart as a whole.
    std::uint32_t found[kStride];
    for (std::size_t k = 0; k < kStride; ++k) std::memcpy(&found[k], &entries[in[i + k]], sizeof(found[k]));
    std::uint16_t value[kStride];
    std::uint8_t flags[kStride];
    for (std::size_t k = 0; k < kStride; ++k) value[k] = static_cast<std::uint16_t>(found[k]);
    for (std::size_t k = 0; k < kStride; ++k) flags[k] = static_cast<std::uint8_t>(found[k] >> 16);
    std::copy_n(value, kStride, values.data() + i);
    std::copy_n(flags, kStride, quality.data() + i);
  }
  for (; i < size; ++i) {
    values[i] = entries[in[i]].value;
    quality[i] = entries[in[i]].quality;
  }
}

}  // namespace dl::calibrate
