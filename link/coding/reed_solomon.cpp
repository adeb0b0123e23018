#include "link/coding/reed_solomon.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "link/coding/dual_basis.h"
#include "link/coding/galois_field.h"

namespace dl::link {
namespace {

using Symbol = std::uint8_t;
using Codeword = std::array<Symbol, kCodewordSymbols>;    // conventional basis, the highest power of x first
using Syndromes = std::array<Symbol, kMaxParitySymbols>;  // S_j = c(beta^(first root + j)), the first parity_symbols()
using Locator = std::array<Symbol, kMaxParitySymbols + 1>;

// The code in terms of beta = alpha^11, which is primitive too: consecutive roots.
constexpr unsigned kStep = 11;
constexpr unsigned kFirstRootOfAll = 112;  // of RS(255,223); the roots of RS(255,239) are the middle half of its roots
constexpr Symbol beta_to(unsigned power) {
  return gf::alpha_to(kStep * (power % gf::kOrder));
}

using ProductTable = std::array<Symbol, 256>;  // of one constant with every symbol

constexpr ProductTable make_products(Symbol constant) {
  ProductTable table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = gf::multiply(constant, static_cast<Symbol>(i));
  return table;
}

constexpr std::array<ProductTable, kMaxParitySymbols> make_root_products() {
  std::array<ProductTable, kMaxParitySymbols> tables{};
  for (unsigned j = 0; j < kMaxParitySymbols; ++j) tables[j] = make_products(beta_to(kFirstRootOfAll + j));
  return tables;
}

// g(x), highest power first, the leading 1 left out.
template <unsigned kParity>
constexpr std::array<Symbol, kParity> make_generator() {
  std::array<Symbol, kParity + 1> g{};  // lowest power first
  g[0] = 1;
  for (unsigned j = 0; j < kParity; ++j) {
    const Symbol root = beta_to(128 - kParity / 2 + j);
    for (unsigned i = j + 1; i > 0; --i) g[i] = static_cast<Symbol>(g[i - 1] ^ gf::multiply(g[i], root));
    g[0] = gf::multiply(g[0], root);
  }
  std::array<Symbol, kParity> reversed{};
  for (unsigned i = 0; i < kParity; ++i) reversed[i] = g[kParity - 1 - i];
  return reversed;
}

template <unsigned kParity>
constexpr std::array<ProductTable, kParity> make_generator_products() {
  constexpr auto generator = make_generator<kParity>();
  std::array<ProductTable, kParity> tables{};
  for (unsigned i = 0; i < kParity; ++i) tables[i] = make_products(generator[i]);
  return tables;
}

constexpr auto kRootProducts = make_root_products();
constexpr auto kGeneratorProducts32 = make_generator_products<32>();
constexpr auto kGeneratorProducts16 = make_generator_products<16>();

std::span<const ProductTable> generator_products(ReedSolomonCode code) {
  if (code == ReedSolomonCode::rs_255_239) return kGeneratorProducts16;
  return kGeneratorProducts32;
}

// Horner's rule, eight roots at a time: eight independent chains hide the latency of the table.
Syndromes syndromes_of(const Codeword& word, const CodeblockShape& shape) {
  Syndromes syndromes{};
  constexpr unsigned kGroup = 8;
  for (unsigned group = 0; group < shape.parity_symbols(); group += kGroup) {
    const ProductTable* products = &kRootProducts[shape.first_root() - kFirstRootOfAll + group];
    std::array<Symbol, kGroup> sum{};
    for (unsigned i = shape.virtual_fill_bytes; i < kCodewordSymbols; ++i) {
      for (unsigned k = 0; k < kGroup; ++k) sum[k] = static_cast<Symbol>(products[k][sum[k]] ^ word[i]);
    }
    std::copy(sum.begin(), sum.end(), syndromes.begin() + group);
  }
  return syndromes;
}

// Berlekamp-Massey: the shortest recursion that makes the syndromes. Returns its length, the number of errors if
// they can be corrected.
unsigned find_locator(const Syndromes& syndromes, unsigned parity_symbols, Locator& locator) {
  locator = {};
  locator[0] = 1;
  Locator previous = locator;
  unsigned length = 0;
  unsigned shift = 1;
  Symbol previous_discrepancy = 1;
  for (unsigned n = 0; n < parity_symbols; ++n) {
    Symbol discrepancy = syndromes[n];
    for (unsigned i = 1; i <= length; ++i) discrepancy ^= gf::multiply(locator[i], syndromes[n - i]);
    if (discrepancy == 0) {
      ++shift;
      continue;
    }
    const Locator before = locator;
    const Symbol factor = gf::divide(discrepancy, previous_discrepancy);
    for (unsigned i = shift; i <= parity_symbols; ++i) locator[i] ^= gf::multiply(factor, previous[i - shift]);
    if (2 * length > n) {
      ++shift;
      continue;
    }
    length = n + 1 - length;
    previous = before;
    previous_discrepancy = discrepancy;
    shift = 1;
  }
  return length;
}

// The value of the polynomial (lowest power first, `terms` of them) at beta^power.
Symbol evaluate(const Symbol* polynomial, unsigned terms, unsigned power) {
  const Symbol x = beta_to(power);
  Symbol sum = 0;
  for (unsigned i = terms; i-- > 0;) sum = static_cast<Symbol>(gf::multiply(sum, x) ^ polynomial[i]);
  return sum;
}

struct ErrorPositions {
  std::array<unsigned, kMaxCorrectableSymbols> power{};  // of x, 0 for the last symbol
  unsigned count = 0;
};

// Chien search: the inverse roots of the locator. Empty when they are not `length` different ones.
std::optional<ErrorPositions> find_positions(const Locator& locator, unsigned length) {
  std::array<Symbol, kMaxCorrectableSymbols + 1> term{};
  std::copy_n(locator.begin(), length + 1, term.begin());
  ErrorPositions found;
  for (unsigned power = 0; power < kCodewordSymbols; ++power) {
    Symbol sum = 0;
    for (unsigned i = 0; i <= length; ++i) sum ^= term[i];
    if (sum == 0) {
      if (found.count == length) return std::nullopt;
      found.power[found.count++] = power;
    }
    // From beta^(-power) to beta^(-power - 1).
    for (unsigned i = 1; i <= length; ++i) term[i] = gf::multiply(term[i], beta_to(gf::kOrder - i));
  }
  if (found.count != length) return std::nullopt;
  return found;
}

// Forney: the value of the error at x^power, with the evaluator S(x) * locator(x) mod x^(parity symbols).
Symbol error_value(const Syndromes& evaluator, const Locator& locator, unsigned length, unsigned power,
                   unsigned first_root) {
  const unsigned inverse = gf::kOrder - power;
  Locator derivative{};  // in characteristic 2 only the odd powers survive
  for (unsigned i = 1; i <= length; i += 2) derivative[i - 1] = locator[i];
  const Symbol below = evaluate(derivative.data(), length, inverse);
  if (below == 0) return 0;
  const Symbol above = evaluate(evaluator.data(), length, inverse);
  // X^(1 - first root), X = beta^power
  const Symbol scale = beta_to(inverse * (first_root - 1));
  return gf::multiply(scale, gf::divide(above, below));
}

Syndromes make_evaluator(const Syndromes& syndromes, const Locator& locator, unsigned length) {
  Syndromes evaluator{};
  for (unsigned i = 0; i < length; ++i) {
    for (unsigned k = 0; k <= std::min(i, length); ++k) evaluator[i] ^= gf::multiply(locator[k], syndromes[i - k]);
  }
  return evaluator;
}

// The number of symbols corrected, or kUncorrectable with `word` unchanged.
std::uint8_t correct(Codeword& word, const Syndromes& syndromes, const CodeblockShape& shape) {
  Locator locator;
  const unsigned length = find_locator(syndromes, shape.parity_symbols(), locator);
  if (length > shape.correctable_symbols()) return CodeblockResult::kUncorrectable;
  const auto positions = find_positions(locator, length);
  if (!positions) return CodeblockResult::kUncorrectable;
  const Syndromes evaluator = make_evaluator(syndromes, locator, length);
  Codeword corrected = word;
  for (unsigned i = 0; i < positions->count; ++i) {
    const unsigned index = kCodewordSymbols - 1 - positions->power[i];
    if (index < shape.virtual_fill_bytes) return CodeblockResult::kUncorrectable;
    corrected[index] ^= error_value(evaluator, locator, length, positions->power[i], shape.first_root());
  }
  word = corrected;
  return static_cast<std::uint8_t>(length);
}

}  // namespace

bool CodeblockResult::uncorrectable() const {
  return std::find(corrected.begin(), corrected.begin() + interleave, kUncorrectable) != corrected.begin() + interleave;
}

unsigned CodeblockResult::symbols_corrected() const {
  unsigned sum = 0;
  for (unsigned i = 0; i < interleave; ++i) sum += corrected[i] == kUncorrectable ? 0 : corrected[i];
  return sum;
}

ReedSolomon::ReedSolomon(const CodeblockShape& shape) : shape_(shape) {
  assert(shape.code != ReedSolomonCode::none && shape.interleave >= 1 && shape.interleave <= kMaxInterleave &&
         shape.virtual_fill_bytes < shape.data_symbols());
}

void ReedSolomon::encode(std::span<Byte> codeblock) const {
  assert(codeblock.size() == shape_.size_bytes());
  const bool dual = shape_.basis == Basis::dual;
  const unsigned interleave = shape_.interleave;
  const auto products = generator_products(shape_.code);
  for (unsigned k = 0; k < interleave; ++k) {
    std::array<Symbol, kMaxParitySymbols + 1> remainder{};  // the last one stays 0: shifting needs no special case
    const std::size_t parity_start = shape_.data_size_bytes() + k;
    for (std::size_t at = k; at < parity_start; at += interleave) {
      const Symbol symbol = dual ? kBasisTables.to_conventional[codeblock[at]] : codeblock[at];
      const Symbol feedback = symbol ^ remainder[0];
      for (std::size_t j = 0; j < products.size(); ++j) {
        remainder[j] = static_cast<Symbol>(remainder[j + 1] ^ products[j][feedback]);
      }
    }
    for (std::size_t j = 0; j < products.size(); ++j) {
      codeblock[parity_start + j * interleave] = dual ? kBasisTables.to_dual[remainder[j]] : remainder[j];
    }
  }
}

CodeblockResult ReedSolomon::decode(std::span<Byte> codeblock) const {
  assert(codeblock.size() == shape_.size_bytes());
  const bool dual = shape_.basis == Basis::dual;
  const unsigned fill = shape_.virtual_fill_bytes;
  CodeblockResult result;
  result.interleave = shape_.interleave;
  for (unsigned k = 0; k < shape_.interleave; ++k) {
    Codeword word{};
    for (unsigned i = fill; i < kCodewordSymbols; ++i) {
      const Byte byte = codeblock[(i - fill) * shape_.interleave + k];
      word[i] = dual ? kBasisTables.to_conventional[byte] : byte;
    }
    const Syndromes syndromes = syndromes_of(word, shape_);
    const bool clean = std::all_of(syndromes.begin(), syndromes.end(), [](Symbol s) { return s == 0; });
    if (clean) continue;
    result.corrected[k] =
        shape_.use == ReedSolomonUse::correct ? correct(word, syndromes, shape_) : CodeblockResult::kUncorrectable;
    if (result.corrected[k] == CodeblockResult::kUncorrectable) continue;
    for (unsigned i = fill; i < kCodewordSymbols; ++i) {
      codeblock[(i - fill) * shape_.interleave + k] = dual ? kBasisTables.to_dual[word[i]] : word[i];
    }
  }
  return result;
}

}  // namespace dl::link
