#include "link/soft/viterbi_decoder.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace dl::link {
namespace {

// By register: the signs of its two outputs.
struct Outputs {
  std::int8_t first = 1;
  std::int8_t second = 1;
};
constexpr std::array<Outputs, 128> outputs_by_register() {
  std::array<Outputs, 128> outputs{};
  for (unsigned reg = 0; reg < 128; ++reg) {
    outputs[reg].first = std::popcount(reg & kGenerator1) % 2 != 0 ? 1 : -1;
    outputs[reg].second = std::popcount(reg & kGenerator2) % 2 != 0 ? 1 : -1;
  }
  return outputs;
}
constexpr auto kOutputs = outputs_by_register();

}  // namespace

ViterbiDecoder::ViterbiDecoder(std::size_t depth, std::size_t most_steps, Kernel kernel)
    : depth_(depth),
      kernel_(viterbi_kernel(kernel)),
      symbols_(2 * (depth + most_steps)),
      decisions_(depth + most_steps),
      path_(depth + most_steps),
      wrong_(depth + most_steps) {}

void ViterbiDecoder::restart() {
  metrics_.fill(0);
  held_ = 0;
  tried_ = 0;
}

SymbolErrors ViterbiDecoder::try_block(std::span<const std::int8_t> symbols) {
  assert(tried_ == 0 && 2 * held_ + symbols.size() <= symbols_.size());
  tried_ = symbols.size() / 2;
  std::copy(symbols.begin(), symbols.end(), symbols_.begin() + static_cast<std::ptrdiff_t>(2 * held_));
  metrics_before_ = metrics_;
  kernel_(symbols.data(), tried_, metrics_, decisions_.data() + held_);
  const std::size_t steps = held_ + tried_;
  return trace_back(steps, held_);
}

void ViterbiDecoder::take(std::vector<std::uint8_t>& bits) {
  const std::size_t steps = held_ + tried_;
  const std::size_t keep = std::min(steps, depth_);
  const auto decided = static_cast<std::ptrdiff_t>(steps - keep);
  const auto end = static_cast<std::ptrdiff_t>(steps);
  bits.insert(bits.end(), path_.begin(), path_.begin() + decided);
  std::copy(symbols_.begin() + 2 * decided, symbols_.begin() + 2 * end, symbols_.begin());
  std::copy(decisions_.begin() + decided, decisions_.begin() + end, decisions_.begin());
  held_ = keep;
  tried_ = 0;
}

void ViterbiDecoder::give_back() {
  metrics_ = metrics_before_;
  tried_ = 0;
}

std::vector<std::uint8_t> ViterbiDecoder::errors_by_step() {
  const std::size_t steps = held_ + tried_;
  trace_back(steps, 0);
  return {wrong_.begin(), wrong_.begin() + static_cast<std::ptrdiff_t>(steps)};
}

void ViterbiDecoder::take_first(std::size_t steps, std::vector<std::uint8_t>& bits) {
  assert(steps <= held_ + tried_);
  trace_back(held_ + tried_, 0);
  bits.insert(bits.end(), path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(steps));
  restart();
}

void ViterbiDecoder::finish(std::vector<std::uint8_t>& bits) {
  assert(tried_ == 0);
  take_first(held_, bits);
}

SymbolErrors ViterbiDecoder::trace_back(std::size_t steps, std::size_t from) {
  auto state = static_cast<unsigned>(std::min_element(metrics_.begin(), metrics_.end()) - metrics_.begin());
  for (std::size_t i = steps; i-- > 0;) {
    const unsigned reg = state | unsigned{chose_upper(decisions_[i], state)} << 6;
    path_[i] = static_cast<std::uint8_t>(state & 1);
    const int first = symbols_[2 * i];
    const int second = symbols_[2 * i + 1];
    wrong_[i] =
        static_cast<std::uint8_t>(int{first * kOutputs[reg].first < 0} + int{second * kOutputs[reg].second < 0});
    state = reg >> 1;
  }
  SymbolErrors errors;
  for (std::size_t i = from; i < steps; ++i) {
    errors.compared += unsigned{symbols_[2 * i] != 0} + unsigned{symbols_[2 * i + 1] != 0};
    errors.wrong += wrong_[i];
  }
  return errors;
}

}  // namespace dl::link
