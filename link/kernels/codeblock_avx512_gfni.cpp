#include <immintrin.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "link/coding/randomizer.h"
#include "link/kernels/codeblock_kernel.h"
#include "link/kernels/lane_layout.h"

// GCC 12 takes the undefined upper operand of its own intrinsics for a mistake of ours (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,gfni")

#include "link/kernels/lane_decoder.h"

namespace dl::link {
namespace {

// vgf2p8mulb knows one field only, that of AES: x^8 + x^4 + x^3 + x + 1. Products of two variables are made there.
constexpr std::uint8_t multiply_aes(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bits = b; bits != 0; bits >>= 1) {
    if ((bits & 1) != 0) product ^= shifted;
    shifted = (shifted << 1) ^ ((shifted & 0x80) != 0 ? 0x11BU : 0U);
  }
  return static_cast<std::uint8_t>(product);
}

struct AesTables {
  std::array<std::uint8_t, 256> to_aes{};
  std::array<std::uint8_t, 256> from_aes{};
};

// The isomorphism that sends alpha to a root, in the field of AES, of alpha's polynomial x^8 + x^7 + x^2 + x + 1.
constexpr AesTables make_aes_tables() {
  for (unsigned root = 2; root < 256; ++root) {
    std::array<std::uint8_t, 9> power{1};
    for (unsigned i = 1; i < 9; ++i) power[i] = multiply_aes(power[i - 1], static_cast<std::uint8_t>(root));
    if ((power[8] ^ power[7] ^ power[2] ^ power[1] ^ power[0]) != 0) continue;
    AesTables tables;
    for (unsigned x = 0; x < 256; ++x) {
      std::uint8_t image = 0;
      for (unsigned i = 0; i < 8; ++i) {
        if ((x >> i & 1) != 0) image ^= power[i];
      }
      tables.to_aes[x] = image;
      tables.from_aes[image] = static_cast<std::uint8_t>(x);
    }
    return tables;
  }
  return {};
}
constexpr AesTables kAes = make_aes_tables();

// A map of bytes that is linear over the bits, as vgf2p8affineqb wants it: byte 7 - r is what bit r is made of.
template <class Map>
constexpr std::uint64_t make_matrix(Map map) {
  std::uint64_t matrix = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const auto image = static_cast<std::uint64_t>(map(1U << i));
    for (unsigned row = 0; row < 8; ++row) matrix |= (image >> row & 1) << (8 * (7 - row) + i);
  }
  return matrix;
}

// By constant: its product with a symbol as sent; with one in the field of AES, turned back into a symbol as sent.
struct Products {
  std::array<std::uint64_t, 256> as_sent{};
  std::array<std::uint64_t, 256> from_aes{};
};

constexpr Products make_products(Basis basis) {
  Products products;
  for (unsigned i = 0; i < 256; ++i) {
    const auto constant = static_cast<std::uint8_t>(i);
    products.as_sent[i] =
        make_matrix([&](unsigned x) { return multiply_as_sent(basis, static_cast<std::uint8_t>(x), constant); });
    products.from_aes[i] = make_matrix([&](unsigned x) {
      const std::uint8_t value = gf::multiply(kAes.from_aes[x], constant);
      return basis == Basis::dual ? kBasisTables.to_dual[value] : value;
    });
  }
  return products;
}
constexpr Products kProductsOfDual = make_products(Basis::dual);
constexpr Products kProductsOfConventional = make_products(Basis::conventional);

constexpr long long kIdentityMatrix = 0x0102040810204080;

class Avx512Gfni {
 public:
  using Vector = __m512i;
  using Constant = std::uint64_t;
  static constexpr unsigned kLanes = 64;

  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector load(const void* from) { return _mm512_loadu_si512(from); }
  static void store(void* to, Vector value) { _mm512_storeu_si512(to, value); }
  // `count` groups of four bytes.
  static Vector load_part(const void* from, unsigned count) {
    return _mm512_maskz_loadu_epi32(static_cast<__mmask16>((1U << count) - 1), from);
  }
  static void store_part(void* to, unsigned count, Vector value) {
    _mm512_mask_storeu_epi32(to, static_cast<__mmask16>((1U << count) - 1), value);
  }
  static Vector add(Vector a, Vector b) { return _mm512_xor_si512(a, b); }
  static Vector add(Vector a, Vector b, Vector c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  static Vector either(Vector a, Vector b) { return _mm512_or_si512(a, b); }
  static std::uint64_t nonzero_lanes(Vector value) { return _mm512_test_epi8_mask(value, value); }

  static Vector split(Vector value) { return value; }
  static Vector product(Vector value, Constant constant) {
    return _mm512_gf2p8affine_epi64_epi8(value, _mm512_set1_epi64(static_cast<long long>(constant)), 0);
  }
  static Vector multiply(Vector value, Constant constant) { return product(value, constant); }

  // 16 x 16 groups of four bytes.
  [[gnu::always_inline]] static inline void transpose(Vector (&r)[16]) {
    Vector t[16];
    for (unsigned i = 0; i < 8; ++i) {
      t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
      t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (unsigned i = 0; i < 4; ++i) {
      r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
      r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
      r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
      r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (unsigned i = 0; i < 4; ++i) {
      t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
      t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xDD);
      t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
      t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xDD);
    }
    for (unsigned i = 0; i < 4; ++i) {
      r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
      r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
      r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
      r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xDD);
    }
  }

  explicit Avx512Gfni(const CodeblockShape& shape)
      : products_(shape.basis == Basis::dual ? kProductsOfDual : kProductsOfConventional),
        parity_(shape.parity_symbols()),
        to_aes_(make_matrix([&](unsigned x) {
          return kAes.to_aes[shape.basis == Basis::dual ? kBasisTables.to_conventional[x] : x];
        })) {
    const auto in_aes = [](std::uint8_t constant) {
      return make_matrix(
          [constant](unsigned x) { return multiply_aes(static_cast<std::uint8_t>(x), kAes.to_aes[constant]); });
    };
    transform_ = make_transform15<Avx512Gfni>(in_aes);
    for (unsigned i = 0; i < 17; ++i) w17_[i] = in_aes(gf::alpha_to(15 * i));
    for (unsigned index = 0; index < kCodewordSymbols; ++index) {
      from_aes_[index] = products_.from_aes[gf::alpha_to(forney_scale_power(shape, index))];
    }
  }

  [[nodiscard]] Constant constant_as_sent(std::uint8_t constant) const { return products_.as_sent[constant]; }

  // From one lane of the vectors of syndromes.
  void set_syndromes(unsigned lane, const Byte* first, unsigned count) {
    Byte* to = reinterpret_cast<Byte*>(state_) + lane;
    for (unsigned j = 0; j < count; ++j) to[std::size_t{j} * kLanes] = first[std::size_t{j} * kLanes];
  }

  // Per lane: `state_` becomes evaluator (its upper half, t symbols) and locator (t + 1), `errors_` their number.
  void solve() {
    const unsigned size = 3 * parity_ / 2 + 1;
    for (unsigned i = 0; i < parity_; ++i) state_[i] = product(state_[i], to_aes_);
    for (unsigned i = parity_; i <= size; ++i) state_[i] = zero();
    state_[size - 1] = _mm512_set1_epi8(1);
    for (unsigned i = 0; i < size; ++i) previous_[i] = state_[i];
    Vector gamma = _mm512_set1_epi8(1);
    Vector balance = zero();  // steps taken, less twice the locator's degree
    for (unsigned step = 0; step < parity_; ++step) {
      const Vector discrepancy = state_[0];
      const __mmask64 renew = _mm512_test_epi8_mask(discrepancy, discrepancy) & ~_mm512_movepi8_mask(balance);
      for (unsigned i = 0; i < size; ++i) {
        const Vector next = state_[i + 1];
        const Vector before = previous_[i];
        state_[i] = add(_mm512_gf2p8mul_epi8(gamma, next), _mm512_gf2p8mul_epi8(discrepancy, before));
        previous_[i] = _mm512_mask_mov_epi8(before, renew, next);
      }
      gamma = _mm512_mask_mov_epi8(gamma, renew, discrepancy);
      // Where the locator is renewed -balance - 1, elsewhere balance + 1.
      const Vector ones = _mm512_set1_epi8(-1);
      const Vector stepped = _mm512_sub_epi8(balance, ones);
      balance = _mm512_mask_sub_epi8(stepped, renew, ones, balance);
    }
    // The degree is (steps - balance) / 2; more than t where the balance is negative.
    const Vector degree =
        _mm512_and_si512(_mm512_srli_epi16(_mm512_sub_epi8(_mm512_set1_epi8(static_cast<char>(parity_)), balance), 1),
                         _mm512_set1_epi8(0x7F));
    solvable_ = ~_mm512_movepi8_mask(balance);
    _mm512_storeu_si512(errors_, degree);
  }

  [[nodiscard]] const Transform15<Constant>& transform() const { return transform_; }
  [[nodiscard]] Vector locator_term(unsigned i, unsigned c) const {
    return product(state_[parity_ / 2 + i], w17_[i * c % 17]);
  }
  [[nodiscard]] Vector evaluator_term(unsigned i, unsigned c) const { return product(state_[i], w17_[i * c % 17]); }

  void begin_places() { roots_found_ = zero(); }
  void take_place(unsigned index, Vector even, Vector odd, Vector evaluator) {
    const __mmask64 root = _mm512_cmpeq_epi8_mask(even, odd);
    const Vector inverse = _mm512_gf2p8affineinv_epi64_epi8(odd, _mm512_set1_epi64(kIdentityMatrix), 0);
    values_[index] = product(_mm512_gf2p8mul_epi8(evaluator, inverse), from_aes_[index]);
    roots_[index] = root;
    roots_found_ = _mm512_mask_sub_epi8(roots_found_, root, roots_found_, _mm512_set1_epi8(-1));
  }

  // Lanes whose locator has as many different roots as it has errors, none of them in the virtual fill.
  [[nodiscard]] std::uint64_t lanes_with_all_roots(unsigned virtual_fill) const {
    std::uint64_t in_fill = 0;
    for (unsigned index = 0; index < virtual_fill; ++index) in_fill |= roots_[index];
    return _mm512_cmpeq_epi8_mask(roots_found_, _mm512_loadu_si512(errors_)) & solvable_ & ~in_fill;
  }
  [[nodiscard]] std::uint8_t errors(unsigned lane) const { return errors_[lane]; }
  [[nodiscard]] std::uint64_t roots(unsigned index) const { return roots_[index]; }
  [[nodiscard]] Byte error_value(unsigned index, unsigned lane) const {
    return reinterpret_cast<const Byte*>(values_ + index)[lane];
  }

 private:
  const Products& products_;
  unsigned parity_;
  std::uint64_t to_aes_;
  Transform15<Constant> transform_;
  Constant w17_[17];
  Constant from_aes_[kCodewordSymbols];  // with Forney's scale

  Vector state_[3 * kMaxParitySymbols / 2 + 2];
  Vector previous_[3 * kMaxParitySymbols / 2 + 1];
  Byte errors_[kLanes];
  std::uint64_t solvable_ = 0;
  Vector roots_found_;
  std::uint64_t roots_[kCodewordSymbols];
  Vector values_[kCodewordSymbols];
};

}  // namespace

std::unique_ptr<CodeblockKernel> make_avx512_gfni_codeblock_kernel(const CodeblockShape& shape, ByteView mask) {
  return std::make_unique<LaneDecoder<Avx512Gfni>>(shape, mask);
}

}  // namespace dl::link
