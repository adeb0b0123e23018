#include "link/coding/reed_solomon.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "link/coding/dual_basis.h"
#include "link/coding/galois_field.h"

namespace dl::link {
namespace {

using Symbol = std::uint8_t;
using Codeword = std::array<Symbol, kCodewordSymbols>;  // conventional basis, the highest power of x first
using Syndromes = std::array<Symbol, kParitySymbols>;   // S_j = c(beta^(112 + j))
using Locator = std::array<Symbol, kParitySymbols + 1>;

// The code in terms of beta = alpha^11, which is primitive too: consecutive roots beta^112 … beta^143.
constexpr unsigned kStep = 11;
constexpr unsigned kFirstRoot = 112;
constexpr Symbol beta_to(unsigned power) {
  return gf::alpha_to(kStep * (power % gf::kOrder));
}

using ProductTable = std::array<Symbol, 256>;  // of one constant with every symbol

constexpr ProductTable make_products(Symbol constant) {
  ProductTable table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = gf::multiply(constant, static_cast<Symbol>(i));
  return table;
}

constexpr std::array<ProductTable, kParitySymbols> make_root_products() {
  std::array<ProductTable, kParitySymbols> tables{};
  for (unsigned j = 0; j < kParitySymbols; ++j) tables[j] = make_products(beta_to(kFirstRoot + j));
  return tables;
}

// g(x), highest power first, the leading 1 left out.
constexpr std::array<Symbol, kParitySymbols> make_generator() {
  std::array<Symbol, kParitySymbols + 1> g{};  // lowest power first
  g[0] = 1;
  for (unsigned j = 0; j < kParitySymbols; ++j) {
    const Symbol root = beta_to(kFirstRoot + j);
    for (unsigned i = j + 1; i > 0; --i) g[i] = static_cast<Symbol>(g[i - 1] ^ gf::multiply(g[i], root));
    g[0] = gf::multiply(g[0], root);
  }
  std::array<Symbol, kParitySymbols> reversed{};
  for (unsigned i = 0; i < kParitySymbols; ++i) reversed[i] = g[kParitySymbols - 1 - i];
  return reversed;
}

constexpr std::array<ProductTable, kParitySymbols> make_generator_products() {
  constexpr auto generator = make_generator();
  std::array<ProductTable, kParitySymbols> tables{};
  for (unsigned i = 0; i < kParitySymbols; ++i) tables[i] = make_products(generator[i]);
  return tables;
}

constexpr auto kRootProducts = make_root_products();
constexpr auto kGeneratorProducts = make_generator_products();

// Horner's rule, eight roots at a time: eight independent chains hide the latency of the table.
Syndromes syndromes_of(const Codeword& word, unsigned first) {
  Syndromes syndromes{};
  constexpr unsigned kGroup = 8;
  for (unsigned group = 0; group < kParitySymbols; group += kGroup) {
    std::array<Symbol, kGroup> sum{};
    for (unsigned i = first; i < kCodewordSymbols; ++i) {
      for (unsigned k = 0; k < kGroup; ++k) sum[k] = static_cast<Symbol>(kRootProducts[group + k][sum[k]] ^ word[i]);
    }
    std::copy(sum.begin(), sum.end(), syndromes.begin() + group);
  }
  return syndromes;
}

// Berlekamp-Massey: the shortest recursion that makes the syndromes. Returns its length, the number of errors if
// there are at most 16.
unsigned find_locator(const Syndromes& syndromes, Locator& locator) {
  locator = {};
  locator[0] = 1;
  Locator previous = locator;
  unsigned length = 0;
  unsigned shift = 1;
  Symbol previous_discrepancy = 1;
  for (unsigned n = 0; n < kParitySymbols; ++n) {
    Symbol discrepancy = syndromes[n];
    for (unsigned i = 1; i <= length; ++i) discrepancy ^= gf::multiply(locator[i], syndromes[n - i]);
    if (discrepancy == 0) {
      ++shift;
      continue;
    }
    const Locator before = locator;
    const Symbol factor = gf::divide(discrepancy, previous_discrepancy);
    for (unsigned i = shift; i <= kParitySymbols; ++i) locator[i] ^= gf::multiply(factor, previous[i - shift]);
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
  std::array<unsigned, kCorrectableSymbols> power{};  // of x, 0 for the last symbol
  unsigned count = 0;
};

// Chien search: the inverse roots of the locator. Empty when they are not `length` different ones.
std::optional<ErrorPositions> find_positions(const Locator& locator, unsigned length) {
  std::array<Symbol, kCorrectableSymbols + 1> term{};
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

// Forney: the value of the error at x^power, with the evaluator S(x) * locator(x) mod x^32.
Symbol error_value(const Syndromes& evaluator, const Locator& locator, unsigned length, unsigned power) {
  const unsigned inverse = gf::kOrder - power;
  Locator derivative{};  // in characteristic 2 only the odd powers survive
  for (unsigned i = 1; i <= length; i += 2) derivative[i - 1] = locator[i];
  const Symbol below = evaluate(derivative.data(), length, inverse);
  if (below == 0) return 0;
  const Symbol above = evaluate(evaluator.data(), length, inverse);
  // X^(1 - 112), X = beta^power
  const Symbol scale = beta_to(inverse * (kFirstRoot - 1));
  return gf::multiply(scale, gf::divide(above, below));
}

Syndromes make_evaluator(const Syndromes& syndromes, const Locator& locator, unsigned length) {
  Syndromes evaluator{};
  for (unsigned i = 0; i < kParitySymbols; ++i) {
    for (unsigned k = 0; k <= std::min(i, length); ++k) evaluator[i] ^= gf::multiply(locator[k], syndromes[i - k]);
  }
  return evaluator;
}

// The number of symbols corrected, or kUncorrectable with `word` unchanged. Symbols before `first` are virtual fill.
std::uint8_t correct(Codeword& word, unsigned first, const Syndromes& syndromes) {
  Locator locator;
  const unsigned length = find_locator(syndromes, locator);
  if (length > kCorrectableSymbols) return CodeblockResult::kUncorrectable;
  const auto positions = find_positions(locator, length);
  if (!positions) return CodeblockResult::kUncorrectable;
  const Syndromes evaluator = make_evaluator(syndromes, locator, length);
  Codeword corrected = word;
  for (unsigned i = 0; i < positions->count; ++i) {
    const unsigned index = kCodewordSymbols - 1 - positions->power[i];
    const Symbol value = error_value(evaluator, locator, length, positions->power[i]);
    if (index < first || value == 0) return CodeblockResult::kUncorrectable;
    corrected[index] ^= value;
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

ReedSolomon::ReedSolomon(Basis basis, unsigned interleave, unsigned virtual_fill_bytes)
    : basis_(basis), interleave_(interleave), virtual_fill_(virtual_fill_bytes) {
  assert(interleave >= 1 && interleave <= kMaxInterleave && virtual_fill_bytes < kDataSymbols);
}

void ReedSolomon::encode(std::span<Byte> codeblock) const {
  assert(codeblock.size() == codeblock_size_bytes());
  const bool dual = basis_ == Basis::dual;
  for (unsigned k = 0; k < interleave_; ++k) {
    std::array<Symbol, kParitySymbols + 1> remainder{};  // the last one stays 0: shifting needs no special case
    const std::size_t parity_start = data_size_bytes() + k;
    for (std::size_t at = k; at < parity_start; at += interleave_) {
      const Symbol symbol = dual ? kBasisTables.to_conventional[codeblock[at]] : codeblock[at];
      const Symbol feedback = symbol ^ remainder[0];
      for (unsigned j = 0; j < kParitySymbols; ++j) {
        remainder[j] = static_cast<Symbol>(remainder[j + 1] ^ kGeneratorProducts[j][feedback]);
      }
    }
    for (unsigned j = 0; j < kParitySymbols; ++j) {
      codeblock[parity_start + j * interleave_] = dual ? kBasisTables.to_dual[remainder[j]] : remainder[j];
    }
  }
}

CodeblockResult ReedSolomon::decode(std::span<Byte> codeblock) const {
  assert(codeblock.size() == codeblock_size_bytes());
  const bool dual = basis_ == Basis::dual;
  CodeblockResult result;
  result.interleave = interleave_;
  for (unsigned k = 0; k < interleave_; ++k) {
    Codeword word{};
    for (unsigned i = virtual_fill_; i < kCodewordSymbols; ++i) {
      const Byte byte = codeblock[(i - virtual_fill_) * interleave_ + k];
      word[i] = dual ? kBasisTables.to_conventional[byte] : byte;
    }
    const Syndromes syndromes = syndromes_of(word, virtual_fill_);
    const bool clean = std::all_of(syndromes.begin(), syndromes.end(), [](Symbol s) { return s == 0; });
    if (clean) continue;
    result.corrected[k] = correct(word, virtual_fill_, syndromes);
    if (result.corrected[k] == CodeblockResult::kUncorrectable) continue;
    for (unsigned i = virtual_fill_; i < kCodewordSymbols; ++i) {
      codeblock[(i - virtual_fill_) * interleave_ + k] = dual ? kBasisTables.to_dual[word[i]] : word[i];
    }
  }
  return result;
}

}  // namespace dl::link
