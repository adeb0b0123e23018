#include "link/coding/header_error_control.h"

#include <array>
#include <cassert>
#include <cstdint>

namespace dl::link {
namespace {

// GF(16), x^4 + x + 1, and g(x) = (x + a^6)(x + a^7)(x + a^8)(x + a^9) of CCSDS 732.0-B 4.1.2.6.
constexpr unsigned kOrder = 15;
constexpr unsigned kFirstRoot = 6;
constexpr std::size_t kSymbols = 10;
constexpr std::size_t kDataSymbols = 6;
constexpr std::size_t kCheckSymbols = kSymbols - kDataSymbols;
using Symbol = std::uint8_t;
using Codeword = std::array<Symbol, kSymbols>;  // the highest power of x first

struct Tables {
  std::array<Symbol, 2 * kOrder> exp{};
  std::array<Symbol, 16> log{};
};

constexpr Tables make_tables() {
  Tables tables;
  unsigned value = 1;
  for (unsigned i = 0; i < kOrder; ++i) {
    tables.exp[i] = tables.exp[i + kOrder] = static_cast<Symbol>(value);
    tables.log[value] = static_cast<Symbol>(i);
    value <<= 1;
    if (value > 15) value ^= 0x13;
  }
  return tables;
}
constexpr Tables kTables = make_tables();

constexpr Symbol alpha_to(unsigned power) {
  return kTables.exp[power % kOrder];
}
constexpr Symbol multiply(Symbol a, Symbol b) {
  return a == 0 || b == 0 ? Symbol{0} : kTables.exp[static_cast<unsigned>(kTables.log[a]) + kTables.log[b]];
}
// `b` must not be 0.
constexpr Symbol divide(Symbol a, Symbol b) {
  return a == 0 ? Symbol{0} : kTables.exp[static_cast<unsigned>(kTables.log[a]) + kOrder - kTables.log[b]];
}

// Lowest power first, the leading 1 left out.
constexpr std::array<Symbol, kCheckSymbols> make_generator() {
  std::array<Symbol, kCheckSymbols + 1> g{1};
  for (unsigned j = 0; j < kCheckSymbols; ++j) {
    const Symbol root = alpha_to(kFirstRoot + j);
    for (unsigned i = j + 1; i > 0; --i) g[i] = static_cast<Symbol>(g[i - 1] ^ multiply(g[i], root));
    g[0] = multiply(g[0], root);
  }
  return {g[0], g[1], g[2], g[3]};
}
constexpr auto kGenerator = make_generator();

constexpr std::array<std::size_t, 5> kProtectedBytes = {0, 1, 5, 6, 7};

Codeword read_codeword(ByteView header) {
  Codeword word{};
  for (std::size_t i = 0; i < kSymbols; ++i) {
    const Byte byte = header[kProtectedBytes[i / 2]];
    word[i] = static_cast<Symbol>(i % 2 == 0 ? byte >> 4 : byte & 15);
  }
  return word;
}

void write_codeword(const Codeword& word, std::span<Byte> header) {
  for (std::size_t i = 0; i < kSymbols; i += 2) {
    header[kProtectedBytes[i / 2]] = static_cast<Byte>(word[i] << 4 | word[i + 1]);
  }
}

struct Error {
  std::size_t index = 0;
  Symbol value = 0;
};

using Syndromes = std::array<Symbol, kCheckSymbols>;

Syndromes syndromes_of(const Codeword& word) {
  Syndromes syndromes{};
  for (unsigned j = 0; j < kCheckSymbols; ++j) {
    for (const Symbol symbol : word) {
      syndromes[j] = static_cast<Symbol>(multiply(syndromes[j], alpha_to(kFirstRoot + j)) ^ symbol);
    }
  }
  return syndromes;
}

constexpr Symbol locator_of(std::size_t index) {
  return alpha_to(static_cast<unsigned>(kSymbols - 1 - index));
}

// The error of the symbol at `index` that adds `scaled`, its value times X^6, to the first syndrome.
Error error_at(std::size_t index, Symbol scaled) {
  const auto power = static_cast<unsigned>(kSymbols - 1 - index);
  return {index, divide(scaled, alpha_to(power * kFirstRoot))};
}

std::optional<Error> single_error(const Syndromes& s) {
  for (std::size_t index = 0; index < kSymbols; ++index) {
    const Symbol x = locator_of(index);
    if (s[0] != 0 && multiply(s[0], x) == s[1] && multiply(s[1], x) == s[2] && multiply(s[2], x) == s[3]) {
      return error_at(index, s[0]);
    }
  }
  return std::nullopt;
}

// Two errors with locators X and Y and s_j = a X^j + b Y^j: s_2 = (X + Y) s_1 + X Y s_0, and the same one further on.
std::optional<std::array<Error, 2>> double_error(const Syndromes& s) {
  for (std::size_t first = 0; first < kSymbols; ++first) {
    for (std::size_t second = first + 1; second < kSymbols; ++second) {
      const Symbol x = locator_of(first);
      const Symbol y = locator_of(second);
      const auto sum = static_cast<Symbol>(x ^ y);
      const Symbol product = multiply(x, y);
      if ((multiply(sum, s[1]) ^ multiply(product, s[0])) != s[2]) continue;
      if ((multiply(sum, s[2]) ^ multiply(product, s[1])) != s[3]) continue;
      const Symbol at_second = divide(static_cast<Symbol>(s[1] ^ multiply(s[0], x)), sum);
      const auto at_first = static_cast<Symbol>(s[0] ^ at_second);
      return std::array<Error, 2>{error_at(first, at_first), error_at(second, at_second)};
    }
  }
  return std::nullopt;
}

}  // namespace

void write_header_error_control(std::span<Byte> header) {
  assert(header.size() >= kHeaderErrorControlEnd);
  Codeword word = read_codeword(header);
  std::array<Symbol, kCheckSymbols> remainder{};  // highest power first
  for (std::size_t i = 0; i < kDataSymbols; ++i) {
    const auto feedback = static_cast<Symbol>(word[i] ^ remainder[0]);
    for (std::size_t j = 0; j < kCheckSymbols; ++j) {
      const Symbol next = j + 1 < kCheckSymbols ? remainder[j + 1] : Symbol{0};
      remainder[j] = static_cast<Symbol>(next ^ multiply(kGenerator[kCheckSymbols - 1 - j], feedback));
    }
  }
  for (std::size_t j = 0; j < kCheckSymbols; ++j) word[kDataSymbols + j] = remainder[j];
  write_codeword(word, header);
}

std::optional<unsigned> correct_header(std::span<Byte> header) {
  assert(header.size() >= kHeaderErrorControlEnd);
  Codeword word = read_codeword(header);
  const Syndromes syndromes = syndromes_of(word);
  if (syndromes == Syndromes{}) return 0;
  if (const auto error = single_error(syndromes)) {
    word[error->index] ^= error->value;
    write_codeword(word, header);
    return 1;
  }
  if (const auto errors = double_error(syndromes)) {
    for (const Error& error : *errors) word[error.index] ^= error.value;
    write_codeword(word, header);
    return 2;
  }
  return std::nullopt;
}

}  // namespace dl::link
