#include "link/soft/symbol_phase.h"

#include <algorithm>

namespace dl::link {
namespace {

// -128 has no opposite.
std::int8_t negated(std::int8_t symbol) {
  return static_cast<std::int8_t>(-std::max<int>(symbol, -127));
}

}  // namespace

std::vector<SymbolPhase> symbol_phases(Modulation modulation, ConvolutionalRate rate) {
  // At rate 5/6 symbols of alternating sign are a codeword.
  const bool mirrors = rate != ConvolutionalRate::rate_5_6;
  std::vector<SymbolPhase> turns = {{}};
  if (modulation != Modulation::bpsk) {
    if (mirrors) turns.push_back({false, true, 0, 0});  // where a pair begins matters only to the sign of everything
    for (const unsigned pair_start : {0U, 1U}) {
      turns.push_back({true, true, pair_start, 0});
      if (mirrors) turns.push_back({true, false, pair_start, 0});
    }
  }
  std::vector<SymbolPhase> phases;
  for (SymbolPhase phase : turns) {
    for (phase.symbols_to_start = 0; phase.symbols_to_start < puncture_pattern(rate).symbols();
         ++phase.symbols_to_start)
      phases.push_back(phase);
  }
  return phases;
}

SymbolReader::SymbolReader(const PuncturePattern& pattern, bool second_output_inverted)
    : pattern_(pattern), second_output_inverted_(second_output_inverted) {}

void SymbolReader::read(const std::int8_t* symbols, std::size_t count, bool first_is_odd, const SymbolPhase& phase,
                        std::vector<std::int8_t>& out) {
  turned_.resize(count);
  bool second = first_is_odd != (phase.pair_start == 1);
  for (std::size_t i = 0; i < count; ++i, second = !second) {
    const std::int8_t* from = symbols + i;
    if (phase.axes_swapped) from += second ? -1 : 1;
    turned_[i] = second && phase.second_inverted ? negated(*from) : std::max<std::int8_t>(*from, -127);
  }
  const std::size_t periods = count / pattern_.symbols();
  out.assign(2 * periods * pattern_.steps, 0);
  const std::int8_t* in = turned_.data();
  for (std::int8_t* period = out.data(); in != turned_.data() + periods * pattern_.symbols();
       period += 2 * pattern_.steps) {
    for (const PuncturePattern::Sent& sent : pattern_.sent) {
      const std::int8_t symbol = *in++;
      period[2 * sent.step + sent.output] =
          sent.output == 1 && second_output_inverted_ ? static_cast<std::int8_t>(-symbol) : symbol;
    }
  }
}

}  // namespace dl::link
