// The vector kernels' common part, for a set of instructions `Isa`. Each kernel includes it behind its `#pragma GCC
// target`, so that the templates are compiled for that target, and once more for another; hence no name with linkage.
//
//   rows       four codewords each, symbol by symbol: a frame of interleave 4 is a row as it is
//   transpose  vector j holds symbol j of the codewords of all rows
//   syndromes  by Good and Thomas; a lane that is all zero has arrived clean
//   correct    lanes that fail wait until there is a vector full of them: Berlekamp-Massey without inversion in its
//              reformulated form (Sarwate and Shanbhag, 2001), then locator and evaluator at all 255 places by Good and
//              Thomas, so that the cost does not depend on the number of errors
//
// What it needs is included by the kernel, before its pragma.
#pragma once

namespace dl::link {
namespace {

// What a 15-point transform needs: w3, w5, w5 + w5^2, w5^2 + w5^3.
template <class Constant>
struct Transform15 {
  Constant w3;
  Constant w5;
  Constant w5_sum;
  Constant w5_pair;
};

template <class Isa, class MakeConstant>
Transform15<typename Isa::Constant> make_transform15(MakeConstant make) {
  const auto w5 = gf::alpha_to(51);
  const auto w5_2 = gf::alpha_to(102);
  const auto w5_3 = gf::alpha_to(153);
  return {make(gf::alpha_to(85)), make(w5), make(static_cast<std::uint8_t>(w5 ^ w5_2)),
          make(static_cast<std::uint8_t>(w5_2 ^ w5_3))};
}

// In place: x[a][b] becomes the sum of x[r][s] w3^(a r) w5^(b s). w^2 = w + 1 for a third root of one; for a fifth root
// w + w^4 = 1 + (w^2 + w^3), which leaves 1 product of 4 and 6 of 16.
template <class Isa>
inline __attribute__((always_inline)) void transform15(typename Isa::Vector (&x)[3][5],
                                                       const Transform15<typename Isa::Constant>& k) {
  using Vector = typename Isa::Vector;
  for (unsigned b = 0; b < 5; ++b) {
    const Vector m = Isa::multiply(Isa::add(x[1][b], x[2][b]), k.w3);
    const Vector x0 = x[0][b];
    const Vector x1 = x[1][b];
    x[0][b] = Isa::add(x0, x1, x[2][b]);
    x[1][b] = Isa::add(x0, m, x[2][b]);
    x[2][b] = Isa::add(x0, m, x1);
  }
  for (auto& row : x) {
    const Vector x0 = row[0];
    const Vector x2 = row[2];
    const Vector x4 = row[4];
    const Vector outer = Isa::add(row[1], x4);
    const Vector inner = Isa::add(x2, row[3]);
    const Vector all = Isa::add(outer, inner);
    const auto all_split = Isa::split(all);
    const Vector pair = Isa::product(all_split, k.w5_pair);
    const Vector once = Isa::add(x0, Isa::product(all_split, k.w5));
    const Vector first =
        Isa::add(Isa::add(once, Isa::multiply(inner, k.w5_sum), x4), Isa::multiply(Isa::add(row[3], x4), k.w5_pair));
    const Vector second =
        Isa::add(Isa::add(once, Isa::multiply(outer, k.w5_sum), x2), Isa::multiply(Isa::add(x2, x4), k.w5_pair));
    row[0] = Isa::add(x0, all);
    row[1] = first;
    row[2] = second;
    row[3] = Isa::add(second, pair, inner);
    row[4] = Isa::add(first, pair, outer);
  }
}

template <class Isa>
class LaneDecoder final : public CodeblockKernel {
 public:
  LaneDecoder(const CodeblockShape& shape, ByteView mask) : shape_(shape), masked_(!mask.empty()), isa_(shape) {
    const auto as_sent = [this](std::uint8_t constant) { return isa_.constant_as_sent(constant); };
    transform_ = make_transform15<Isa>(as_sent);
    for (std::size_t i = 0; i < mask.size(); ++i) mask_[i] = mask[i];
    for (unsigned j = 0; j < shape.parity_symbols(); ++j) {
      terms_[j] = syndrome_term(shape.first_root() + j);
      for (unsigned c = 1; c < 17; ++c) {
        term_constants_[j][c - 1] = as_sent(gf::alpha_to(15 * terms_[j].exponent * c));
      }
    }
    for (Vector& vector : symbols_) vector = Isa::zero();
  }

  void decode(std::span<const std::span<Byte>> blocks, std::span<CodeblockResult> results) override {
    for (CodeblockResult& result : results) {
      result = {};
      result.interleave = shape_.interleave;
    }
    const std::size_t step = blocks_per_batch();
    for (std::size_t first = 0; first < blocks.size(); first += step) {
      const std::size_t count = blocks.size() - first < step ? blocks.size() - first : step;
      gather(blocks, first, count);
      check(results);
    }
    correct_waiting(results);
  }

 private:
  using Vector = typename Isa::Vector;
  using Constant = typename Isa::Constant;
  static constexpr unsigned kLanes = Isa::kLanes;
  static constexpr unsigned kRows = kLanes / 4;
  static constexpr unsigned kRowBytes = 1024;  // four codewords, and filled up to whole vectors

  // A codeword in the caller's memory.
  struct Codeword {
    Byte* first_symbol = nullptr;
    std::uint32_t block = 0;
    std::uint32_t number = 0;  // within the block
  };

  [[nodiscard]] std::size_t blocks_per_batch() const {
    switch (shape_.interleave) {
      case 1:
        return kRows * 4;
      case 2:
        return kRows * 2;
      case 3:
      case 4:
        return kRows;
      default:
        return kRows / 2;
    }
  }

  void gather(std::span<const std::span<Byte>> blocks, std::size_t first, std::size_t count) {
    lanes_used_ = 0;
    if (shape_.interleave == 4) {
      for (unsigned row = 0; row < kRows; ++row) {
        rows_[row] = row < count ? blocks[first + row].data() : spare_row_;
      }
      for (unsigned i = 0; i < count; ++i) {
        for (unsigned k = 0; k < 4; ++k) use_lane(4 * i + k, blocks[first + i].data(), first + i, k);
      }
      masked_ ? transpose<true>() : transpose<false>();
      return;
    }
    for (unsigned i = 0; i < count; ++i) {
      if (masked_) add_mask(blocks[first + i], mask_);
      arrange(blocks[first + i].data(), first + i, i);
    }
    for (unsigned row = 0; row < kRows; ++row) rows_[row] = scratch_[row];
    transpose<false>();
  }

  void use_lane(unsigned lane, Byte* block, std::size_t number, unsigned codeword) {
    lanes_[lane] = {block + codeword, static_cast<std::uint32_t>(number), codeword};
    lanes_used_ |= std::uint64_t{1} << lane;
  }

  // Block `i` of the batch into the rows that it is in.
  void arrange(Byte* block, std::size_t number, unsigned i) {
    const unsigned interleave = shape_.interleave;
    const unsigned lane = interleave < 3 ? i * interleave : i * 4 * (interleave > 4 ? 2 : 1);
    switch (interleave) {
      case 1:
        copy_codewords<1>(block, lane);
        break;
      case 2:
        copy_codewords<2>(block, lane);
        break;
      case 3:
        copy_codewords<3>(block, lane);
        break;
      default:
        copy_codewords<4>(block, lane);
        if (interleave == 5) copy_codewords<1>(block + 4, lane + 4);
        if (interleave == 6) copy_codewords<2>(block + 4, lane + 4);
        if (interleave == 7) copy_codewords<3>(block + 4, lane + 4);
        if (interleave == 8) copy_codewords<4>(block + 4, lane + 4);
    }
    for (unsigned k = 0; k < interleave; ++k) use_lane(lane + k, block, number, k);
  }

  template <unsigned kCount>
  void copy_codewords(const Byte* from, unsigned lane) {
    Byte* to = scratch_[lane / 4] + lane % 4;
    const unsigned symbols = kCodewordSymbols - shape_.virtual_fill_bytes;
    for (unsigned i = 0; i < symbols; ++i, from += shape_.interleave, to += 4) __builtin_memcpy(to, from, kCount);
  }

  template <bool kMasked>
  void transpose() {
    const unsigned symbols = kCodewordSymbols - shape_.virtual_fill_bytes;
    Vector* out = symbols_ + shape_.virtual_fill_bytes;
    unsigned at = 0;
    for (; at + kRows <= symbols; at += kRows) {
      Vector row[kRows];
      const Vector mask = Isa::load(mask_ + 4 * at);
      for (unsigned i = 0; i < kRows; ++i) {
        row[i] = Isa::load(rows_[i] + 4 * at);
        if (!kMasked) continue;
        row[i] = Isa::add(row[i], mask);
        Isa::store(rows_[i] + 4 * at, row[i]);
      }
      Isa::transpose(row);
      for (unsigned i = 0; i < kRows; ++i) out[at + i] = row[i];
    }
    if (at == symbols) return;
    Vector row[kRows];
    const Vector mask = Isa::load(mask_ + 4 * at);
    for (unsigned i = 0; i < kRows; ++i) {
      row[i] = Isa::load_part(rows_[i] + 4 * at, symbols - at);
      if (!kMasked) continue;
      row[i] = Isa::add(row[i], mask);
      Isa::store_part(rows_[i] + 4 * at, symbols - at, row[i]);
    }
    Isa::transpose(row);
    for (unsigned i = 0; i + at < symbols; ++i) out[at + i] = row[i];
  }

  void check(std::span<CodeblockResult> results) {
    for (unsigned c = 0; c < 17; ++c) {
      Vector x[3][5];
      for (unsigned a = 0; a < 3; ++a)
        for (unsigned b = 0; b < 5; ++b) x[a][b] = symbols_[kSymbolMap[a][b][c]];
      transform15<Isa>(x, transform_);
      for (unsigned a = 0; a < 3; ++a)
        for (unsigned b = 0; b < 5; ++b) columns_[a][b][c] = x[a][b];
    }
    Vector any = Isa::zero();
    for (unsigned j = 0; j < shape_.parity_symbols(); ++j) {
      const Vector* column = columns_[terms_[j].a][terms_[j].b];
      Vector sum = column[0];
      for (unsigned c = 1; c < 17; c += 2) {
        sum = Isa::add(sum, Isa::multiply(column[c], term_constants_[j][c - 1]),
                       Isa::multiply(column[c + 1], term_constants_[j][c]));
      }
      syndromes_[j] = sum;
      any = Isa::either(any, sum);
    }
    for (std::uint64_t failed = Isa::nonzero_lanes(any) & lanes_used_; failed != 0; failed &= failed - 1) {
      take_failed(static_cast<unsigned>(__builtin_ctzll(failed)), results);
    }
  }

  void take_failed(unsigned lane, std::span<CodeblockResult> results) {
    const Codeword& codeword = lanes_[lane];
    if (shape_.use == ReedSolomonUse::detect) {
      results[codeword.block].corrected[codeword.number] = CodeblockResult::kUncorrectable;
      return;
    }
    isa_.set_syndromes(waiting_count_, reinterpret_cast<const Byte*>(syndromes_) + lane, shape_.parity_symbols());
    waiting_[waiting_count_++] = codeword;
    if (waiting_count_ == kLanes) correct_waiting(results);
  }

  void correct_waiting(std::span<CodeblockResult> results) {
    if (waiting_count_ == 0) return;
    isa_.solve();
    evaluate();
    std::uint64_t good = isa_.lanes_with_all_roots(shape_.virtual_fill_bytes);
    if (waiting_count_ < 64) good &= (std::uint64_t{1} << waiting_count_) - 1;
    for (unsigned lane = 0; lane < waiting_count_; ++lane) {
      const Codeword& codeword = waiting_[lane];
      results[codeword.block].corrected[codeword.number] =
          (good >> lane & 1) != 0 ? isa_.errors(lane) : CodeblockResult::kUncorrectable;
    }
    for (unsigned index = shape_.virtual_fill_bytes; index < kCodewordSymbols; ++index) {
      const std::size_t offset = std::size_t{index - shape_.virtual_fill_bytes} * shape_.interleave;
      for (std::uint64_t wrong = isa_.roots(index) & good; wrong != 0; wrong &= wrong - 1) {
        const auto lane = static_cast<unsigned>(__builtin_ctzll(wrong));
        waiting_[lane].first_symbol[offset] ^= isa_.error_value(index, lane);
      }
    }
    waiting_count_ = 0;
  }

  // The locator's even and odd parts and the evaluator at every place.
  void evaluate() {
    const unsigned t = shape_.correctable_symbols();
    isa_.begin_places();
    for (unsigned c = 0; c < 17; ++c) {
      Vector even[3][5] = {};
      Vector odd[3][5] = {};
      Vector evaluator[3][5] = {};
      for (unsigned i = 0; i <= t; ++i) {
        auto& part = i % 2 == 0 ? even : odd;
        part[i % 3][i % 5] = isa_.locator_term(i, c);
      }
      for (unsigned i = 0; i < t; ++i) {
        Vector& sum = evaluator[i % 3][i % 5];
        sum = Isa::add(sum, isa_.evaluator_term(i, c));
      }
      transform15<Isa>(even, isa_.transform());
      transform15<Isa>(odd, isa_.transform());
      transform15<Isa>(evaluator, isa_.transform());
      for (unsigned a = 0; a < 3; ++a)
        for (unsigned b = 0; b < 5; ++b) isa_.take_place(kLocatorMap[a][b][c], even[a][b], odd[a][b], evaluator[a][b]);
    }
  }

  CodeblockShape shape_;
  bool masked_;
  Isa isa_;
  Transform15<Constant> transform_;
  SyndromeTerm terms_[kMaxParitySymbols];
  Constant term_constants_[kMaxParitySymbols][16];
  alignas(64) Byte mask_[kMaxInterleave * kCodewordSymbols + 64] = {};

  Byte* rows_[kRows] = {};
  Codeword lanes_[kLanes];
  std::uint64_t lanes_used_ = 0;
  alignas(64) Byte scratch_[kRows][kRowBytes] = {};
  alignas(64) Byte spare_row_[kRowBytes] = {};
  Vector symbols_[kCodewordSymbols + 1];
  Vector columns_[3][5][17];
  Vector syndromes_[kMaxParitySymbols];

  Codeword waiting_[kLanes];
  unsigned waiting_count_ = 0;
};

}  // namespace
}  // namespace dl::link
