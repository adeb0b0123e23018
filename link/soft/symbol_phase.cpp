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
  const bool second_leads = first_is_odd != (phase.pair_start == 1);
  for (const bool second : {false, true}) {
    const std::int8_t* from = symbols + (phase.axes_swapped ? (second ? -1 : 1) : 0);
    const bool invert = second && phase.second_inverted;
    for (std::size_t i = second == second_leads ? 0 : 1; i < count; i += 2)
      turned_[i] = invert ? negated(from[i]) : std::max<std::int8_t>(from[i], -127);
  }
  const std::size_t periods = count / pattern_.symbols();
  out.assign(2 * periods * pattern_.steps, 0);
  const std::size_t in_step = pattern_.symbols();
  const std::size_t out_step = std::size_t{2} * pattern_.steps;
  for (std::size_t i = 0; i < pattern_.sent.size(); ++i) {
    const PuncturePattern::Sent& sent = pattern_.sent[i];
    const bool invert = sent.output == 1 && second_output_inverted_;
    const std::int8_t* in = turned_.data() + i;
    std::int8_t* to = out.data() + 2 * sent.step + sent.output;
    for (std::size_t period = 0; period < periods; ++period)
      to[period * out_step] = invert ? static_cast<std::int8_t>(-in[period * in_step]) : in[period * in_step];
  }
}

}  // namespace dl::link
