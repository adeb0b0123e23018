#include "link/sync/marker_search.h"

#include <bit>

#include "link/sync/bit_string.h"

namespace dl::link {
namespace {

MarkerSearchKernel marker_search_kernel(Kernel kernel) {
#if defined(__x86_64__)
  if (kernel == Kernel::avx2) return find_marker_avx2;
  if (kernel == Kernel::avx512_gfni) return find_marker_avx512;
#endif
  static_cast<void>(kernel);
  return find_marker_scalar;
}

}  // namespace

MarkerSearch::MarkerSearch(std::uint64_t marker, unsigned marker_bits, unsigned errors, Kernel kernel)
    : pattern_(marker, marker_bits, errors), find_(marker_search_kernel(kernel)) {
  if (find_ == find_marker_scalar) pattern_.make_sieve();
}

std::optional<MarkerSearch::Match> MarkerSearch::find(ByteView bytes, std::size_t from, std::size_t to) const {
  const std::size_t bit = find_(pattern_, bytes, from, to);
  if (bit >= to) return std::nullopt;
  const auto distance = static_cast<unsigned>(std::popcount(read_bits(bytes, bit, pattern_.bits) ^ pattern_.marker));
  if (distance <= pattern_.bits - distance) return Match{bit, distance, false};
  return Match{bit, pattern_.bits - distance, true};
}

}  // namespace dl::link
