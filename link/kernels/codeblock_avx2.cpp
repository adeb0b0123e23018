#include <immintrin.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "link/coding/randomizer.h"
#include "link/kernels/codeblock_kernel.h"
#include "link/kernels/lane_layout.h"

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx2")

#include "link/kernels/lane_decoder.h"

namespace dl::link {
namespace {

// The products of one constant with the two halves of a byte: a product is the sum of two of them.
struct alignas(32) NibbleProducts {
  std::array<std::uint8_t, 16> low{};   // with 0 … 15
  std::array<std::uint8_t, 16> high{};  // with 0, 16 … 240
};

using ProductTable = std::array<NibbleProducts, 256>;  // by constant

constexpr ProductTable make_products(Basis basis) {
  ProductTable table{};
  for (unsigned constant = 0; constant < 256; ++constant) {
    for (unsigned i = 0; i < 16; ++i) {
      const auto product = [&](unsigned symbol) {
        return multiply_as_sent(basis, static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(constant));
      };
      table[constant].low[i] = product(i);
      table[constant].high[i] = product(i << 4);
    }
  }
  return table;
}
constexpr ProductTable kProductsOfDual = make_products(Basis::dual);
constexpr ProductTable kProductsOfConventional = make_products(Basis::conventional);

class Avx2 {
 public:
  using Vector = __m256i;
  using Constant = NibbleProducts;
  static constexpr unsigned kLanes = 32;

  struct Split {
    Vector low;
    Vector high;
  };

  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector load(const void* from) { return _mm256_loadu_si256(static_cast<const Vector*>(from)); }
  static void store(void* to, Vector value) { _mm256_storeu_si256(static_cast<Vector*>(to), value); }
  // `count` groups of four bytes.
  static Vector load_part(const void* from, unsigned count) {
    alignas(32) Byte part[sizeof(Vector)] = {};
    __builtin_memcpy(part, from, std::size_t{4} * count);
    return load(part);
  }
  static void store_part(void* to, unsigned count, Vector value) {
    alignas(32) Byte part[sizeof(Vector)];
    store(part, value);
    __builtin_memcpy(to, part, std::size_t{4} * count);
  }
  static Vector add(Vector a, Vector b) { return _mm256_xor_si256(a, b); }
  static Vector add(Vector a, Vector b, Vector c) { return add(add(a, b), c); }
  static Vector either(Vector a, Vector b) { return _mm256_or_si256(a, b); }
  static std::uint32_t equal_lanes(Vector a, Vector b) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
  }
  static std::uint64_t nonzero_lanes(Vector value) { return ~equal_lanes(value, zero()); }

  static Split split(Vector value) {
    const Vector low = _mm256_set1_epi8(15);
    return {_mm256_and_si256(value, low), _mm256_and_si256(_mm256_srli_epi16(value, 4), low)};
  }
  static Vector products_of(const std::array<std::uint8_t, 16>& products) {
    return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(products.data())));
  }
  static Vector product(const Split& value, const Constant& constant) {
    return add(_mm256_shuffle_epi8(products_of(constant.low), value.low),
               _mm256_shuffle_epi8(products_of(constant.high), value.high));
  }
  static Vector multiply(Vector value, const Constant& constant) { return product(split(value), constant); }

  // 8 x 8 groups of four bytes.
  [[gnu::always_inline]] static inline void transpose(Vector (&r)[8]) {
    Vector t[8];
    for (unsigned i = 0; i < 4; ++i) {
      t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
      t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (unsigned i = 0; i < 2; ++i) {
      r[4 * i] = _mm256_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
      r[4 * i + 1] = _mm256_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
      r[4 * i + 2] = _mm256_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
      r[4 * i + 3] = _mm256_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (unsigned i = 0; i < 4; ++i) {
      t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
      t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
    }
    for (unsigned i = 0; i < 8; ++i) r[i] = t[i];
  }

  explicit Avx2(const CodeblockShape& shape)
      : constants_(shape.basis == Basis::dual ? kProductsOfDual : kProductsOfConventional),
        parity_(shape.parity_symbols()) {
    const auto as_sent = [this](std::uint8_t constant) { return constant_as_sent(constant); };
    transform_ = make_transform15<Avx2>(as_sent);
    for (unsigned i = 0; i < 17; ++i) w17_[i] = as_sent(gf::alpha_to(15 * i));
    const bool dual = shape.basis == Basis::dual;
    for (unsigned i = 0; i < 256; ++i) {
      const auto symbol = static_cast<std::uint8_t>(i);
      const std::uint8_t element = dual ? kBasisTables.to_conventional[i] : symbol;
      products_[i] = constants_[element];
      log_[i] = gf::kTables.log[element];
    }
    for (unsigned i = 0; i < 3 * gf::kOrder; ++i) {
      const std::uint8_t element = gf::alpha_to(i);
      exp_[i] = dual ? kBasisTables.to_dual[element] : element;
    }
    one_ = exp_[0];
    for (unsigned index = 0; index < kCodewordSymbols; ++index) {
      scale_log_[index] = static_cast<std::uint8_t>(forney_scale_power(shape, index));
    }
  }

  [[nodiscard]] Constant constant_as_sent(std::uint8_t constant) const { return constants_[constant]; }

  // From one lane of the vectors of syndromes.
  void set_syndromes(unsigned lane, const Byte* first, unsigned count) {
    for (unsigned j = 0; j < count; ++j) syndromes_[lane][j] = first[std::size_t{j} * kLanes];
  }

  // Codeword by codeword, four at a time to hide the latency: the coefficients of a codeword fill two vectors, and a
  // step multiplies them by two of their own values. (Never by a symbol received: docs/performance.md.)
  void solve() {
    for (unsigned lane = 0; lane < kLanes; lane += kWays) solve_some(lane);
    const unsigned t = parity_ / 2;
    for (unsigned i = 0; i < t; ++i) evaluator_[i] = split(load(coefficients_[i]));
    for (unsigned i = 0; i <= t; ++i) locator_[i] = split(load(coefficients_[t + i]));
  }

  [[nodiscard]] const Transform15<Constant>& transform() const { return transform_; }
  [[nodiscard]] Vector locator_term(unsigned i, unsigned c) const { return product(locator_[i], w17_[i * c % 17]); }
  [[nodiscard]] Vector evaluator_term(unsigned i, unsigned c) const { return product(evaluator_[i], w17_[i * c % 17]); }

  void begin_places() { roots_found_ = zero(); }
  void take_place(unsigned index, Vector even, Vector odd, Vector evaluator) {
    const Vector root = _mm256_cmpeq_epi8(even, odd);
    roots_[index] = static_cast<std::uint32_t>(_mm256_movemask_epi8(root));
    roots_found_ = _mm256_sub_epi8(roots_found_, root);
    odd_values_[index] = odd;
    evaluator_values_[index] = evaluator;
  }

  // Lanes whose locator has as many different roots as it has errors, none of them in the virtual fill.
  [[nodiscard]] std::uint64_t lanes_with_all_roots(unsigned virtual_fill) const {
    std::uint32_t in_fill = 0;
    for (unsigned index = 0; index < virtual_fill; ++index) in_fill |= roots_[index];
    return equal_lanes(roots_found_, load(errors_)) & ~in_fill;
  }
  [[nodiscard]] std::uint8_t errors(unsigned lane) const { return errors_[lane]; }
  [[nodiscard]] std::uint64_t roots(unsigned index) const { return roots_[index]; }
  // Forney's formula.
  [[nodiscard]] Byte error_value(unsigned index, unsigned lane) const {
    const Byte above = reinterpret_cast<const Byte*>(evaluator_values_ + index)[lane];
    const Byte below = reinterpret_cast<const Byte*>(odd_values_ + index)[lane];
    return exp_[static_cast<unsigned>(log_[above]) + gf::kOrder - log_[below] + scale_log_[index]];
  }

 private:
  static constexpr unsigned kWays = 4;
  static constexpr std::uint8_t kNeverFound = 254;  // no number of roots that a lane could have and be good

  struct State {
    Vector low;   // coefficients 0 to 31
    Vector high;  // and 32 to 63
  };

  // Coefficient i becomes what i + 1 was.
  static State shifted(const State& state) {
    const Vector across = _mm256_permute2x128_si256(state.low, state.high, 0x21);
    const Vector behind = _mm256_permute2x128_si256(state.high, state.high, 0x81);
    return {_mm256_alignr_epi8(across, state.low, 1), _mm256_alignr_epi8(behind, state.high, 1)};
  }

  void solve_some(unsigned lane) {
    State state[kWays];
    State previous[kWays];
    unsigned gamma[kWays];
    int balance[kWays];  // steps taken, less twice the locator's degree
    for (unsigned w = 0; w < kWays; ++w) {
      alignas(32) Byte start[2 * sizeof(Vector)] = {};
      __builtin_memcpy(start, syndromes_[lane + w], parity_);
      start[3 * parity_ / 2] = one_;
      state[w] = {load(start), load(start + sizeof(Vector))};
      previous[w] = state[w];
      gamma[w] = one_;
      balance[w] = 0;
    }
    for (unsigned step = 0; step < parity_; ++step) {
      for (unsigned w = 0; w < kWays; ++w) {
        const auto discrepancy = static_cast<unsigned>(_mm256_cvtsi256_si32(state[w].low)) & 0xFF;
        const State next = shifted(state[w]);
        const NibbleProducts& by_gamma = products_[gamma[w]];
        const NibbleProducts& by_discrepancy = products_[discrepancy];
        state[w].low = add(multiply(next.low, by_gamma), multiply(previous[w].low, by_discrepancy));
        state[w].high = add(multiply(next.high, by_gamma), multiply(previous[w].high, by_discrepancy));
        const bool renew = discrepancy != 0 && balance[w] >= 0;
        const Vector renewed = _mm256_set1_epi8(renew ? -1 : 0);
        previous[w].low = _mm256_blendv_epi8(previous[w].low, next.low, renewed);
        previous[w].high = _mm256_blendv_epi8(previous[w].high, next.high, renewed);
        gamma[w] = renew ? discrepancy : gamma[w];
        balance[w] = renew ? -balance[w] - 1 : balance[w] + 1;
      }
    }
    for (unsigned w = 0; w < kWays; ++w) {
      alignas(32) Byte end[2 * sizeof(Vector)];
      store(end, state[w].low);
      store(end + sizeof(Vector), state[w].high);
      for (unsigned i = 0; i <= parity_; ++i) coefficients_[i][lane + w] = end[i];
      errors_[lane + w] =
          balance[w] < 0 ? kNeverFound : static_cast<std::uint8_t>((static_cast<int>(parity_) - balance[w]) / 2);
    }
  }

  const ProductTable& constants_;
  unsigned parity_;
  Byte one_ = 1;
  Transform15<Constant> transform_;
  Constant w17_[17];
  NibbleProducts products_[256];
  std::uint8_t log_[256];
  std::uint8_t exp_[3 * gf::kOrder];
  std::uint8_t scale_log_[kCodewordSymbols];

  Byte syndromes_[kLanes][kMaxParitySymbols] = {};
  alignas(32) Byte coefficients_[kMaxParitySymbols + 1][kLanes];
  Split evaluator_[kMaxCorrectableSymbols];
  Split locator_[kMaxCorrectableSymbols + 1];
  Byte errors_[kLanes];
  Vector roots_found_;
  std::uint32_t roots_[kCodewordSymbols];
  Vector odd_values_[kCodewordSymbols];
  Vector evaluator_values_[kCodewordSymbols];
};

}  // namespace

std::unique_ptr<CodeblockKernel> make_avx2_codeblock_kernel(const CodeblockShape& shape, ByteView mask) {
  return std::make_unique<LaneDecoder<Avx2>>(shape, mask);
}

}  // namespace dl::link
