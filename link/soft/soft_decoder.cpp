#include "link/soft/soft_decoder.h"

#include <algorithm>
#include <cassert>

namespace dl::link {
namespace {

constexpr double kClearlyBetter = 0.8;
constexpr std::size_t kPlacesRemembered = 1024;

ViterbiDecoder viterbi_decoder(const PuncturePattern& pattern, const SoftSizes& sizes) {
  const std::size_t depth_periods = sizes.depth_steps / pattern.steps;
  const std::size_t block_periods = sizes.block_symbols / pattern.symbols();
  assert(depth_periods >= 1 && depth_periods < block_periods);
  return {depth_periods * pattern.steps, block_periods * pattern.steps};
}

// Symbol error rates, as encoding the decoded bits again sees them. Symbols that fit no phase, noise included, give the
// rate of `noise`, in whichever phase they are decoded, because there is a codeword that near to anything; measured
// over 4096 symbols. The right phase stays below `lost` down to where bit errors of 1 in 100 come out, too many for any
// Reed-Solomon code behind it.
struct Limits {
  double found;  // a phase is taken below this
  double lost;   // a block is bad above this
};
Limits limits_of(ConvolutionalRate rate) {
  switch (rate) {
    case ConvolutionalRate::none:
    case ConvolutionalRate::rate_1_2:
      break;
    case ConvolutionalRate::rate_2_3:
      return {0.075, 0.083};  // noise 0.100
    case ConvolutionalRate::rate_3_4:
      return {0.055, 0.061};  // noise 0.075
    case ConvolutionalRate::rate_5_6:
      return {0.034, 0.039};  // noise 0.048
    case ConvolutionalRate::rate_7_8:
      return {0.025, 0.029};  // noise 0.035
  }
  return {0.130, 0.140};  // noise 0.159
}

}  // namespace

SoftDecoder::SoftDecoder(const SoftCoding& coding, const SoftSizes& sizes)
    : coding_(coding),
      sizes_(sizes),
      pattern_(puncture_pattern(coding.rate)),
      phases_(symbol_phases(coding.modulation, coding.rate)),
      reader_(pattern_, coding.second_output_inverted),
      block_symbols_(sizes.block_symbols / pattern_.symbols() * pattern_.symbols()),
      decoder_(viterbi_decoder(pattern_, sizes)),
      trial_(viterbi_decoder(pattern_, sizes)),
      symbols_(1) {
  if (coding.interleaver == SymbolInterleaver::lrpt_80k) deinterleaver_.emplace();
  if (coding.rate == ConvolutionalRate::none) places_.push_back({});
}

void SoftDecoder::push(ByteView symbols, UtcTime received_at, SoftBits& out) {
  if (arrivals_.empty() || arrivals_.back().time != received_at) arrivals_.push_back({symbols_in_, received_at});
  symbols_in_ += symbols.size();
  if (deinterleaver_) {
    deinterleaver_->push(symbols, symbols_);
  } else {
    const auto* first = reinterpret_cast<const std::int8_t*>(symbols.data());
    symbols_.insert(symbols_.end(), first, first + symbols.size());
  }
  work(out);
}

void SoftDecoder::flush(SoftBits& out) {
  if (deinterleaver_) deinterleaver_->flush(symbols_);
  work(out);
  work_tail(out);
  if (bits_out_ % 8 != 0) {
    bits_.assign(8 - bits_out_ % 8, last_bit_ && coding_.differential ? 1 : 0);
    put_out(out);
  }
  symbols_.assign(1, 0);
  next_ = 1;
  last_bit_ = false;
  arrivals_.clear();
}

void SoftDecoder::skip(std::uint64_t size_bytes, DropReason reason, SoftBits& out) {
  flush(out);
  symbols_in_ += size_bytes;
  if (deinterleaver_) {
    deinterleaver_->skip(size_bytes);
  } else {
    first_ += size_bytes;
  }
  losses_.drop(reason, size_bytes, size_bytes);
  if (coding_.rate == ConvolutionalRate::none) begin_place();
}

void SoftDecoder::work(SoftBits& out) {
  if (coding_.rate == ConvolutionalRate::none) {
    slice(out);
  } else {
    // A phase may begin up to a period later, and needs one more symbol for the other half of a pair.
    while (available() >= block_symbols_ + pattern_.symbols()) {
      phase_ ? step_locked(block_symbols_, false, out) : step_searching(block_symbols_);
    }
  }
  const std::size_t behind = decoder_.undecided() / pattern_.steps * pattern_.symbols() + 1;
  if (next_ > behind) {
    symbols_.erase(symbols_.begin(), symbols_.begin() + static_cast<std::ptrdiff_t>(next_ - behind));
    next_ = behind;
  }
  forget_arrivals();
}

void SoftDecoder::work_tail(SoftBits& out) {
  if (coding_.rate == ConvolutionalRate::none) return;
  const std::size_t period = pattern_.symbols();
  symbols_.push_back(0);  // nothing is the other half of the last pair
  const auto left = [&] { return available() - 1; };
  while (!phase_ && left() >= sizes_.least_block_symbols + period) step_searching((left() - period) / period * period);
  while (phase_ && left() >= period) step_locked(left() / period * period, true, out);
  if (phase_) give_up_phase(out);
  pass_over(left());
}

void SoftDecoder::slice(SoftBits& out) {
  for (; available() > 0; advance(1), ++decoded_) bits_.push_back(symbols_[next_] > 0 ? 1 : 0);
  put_out(out);
}

void SoftDecoder::step_searching(std::size_t symbols) {
  const Found found = find_phase(symbols);
  if (found.error_rate > limits_of(coding_.rate).found) {
    pass_over(symbols);
    return;
  }
  ++counts_.locks;
  lock(found);
}

void SoftDecoder::step_locked(std::size_t symbols, bool last, SoftBits& out) {
  const Limits limits = limits_of(coding_.rate);
  read(symbols, *phase_);
  const SymbolErrors errors = decoder_.try_block(pairs_);
  const double rate = errors.rate();
  if (!last && rate > std::min(limits.lost, 2 * usual_error_rate_ + limits.found / 8)) {
    const Found found = find_phase(symbols);
    const bool other = found.error_rate < limits.found && found.error_rate < kClearlyBetter * rate;
    if (other && found.phase != *phase_) {
      change_phase(found, symbols, out);
      return;
    }
  }
  if (rate <= limits.lost) {
    bad_blocks_ = 0;
    usual_error_rate_ += (rate - usual_error_rate_) / 8;
  } else if (++bad_blocks_ == sizes_.bad_blocks_to_loss) {
    decoder_.give_back();
    give_up_phase(out);
    ++counts_.losses_of_lock;
    return;
  }
  counts_.channel_errors.compared += errors.compared;
  counts_.channel_errors.wrong += errors.wrong;
  decoder_.take(bits_);
  decoded_ += symbols;
  advance(symbols);
  put_out(out);
}

// The symbols have turned somewhere in the block on trial, or in what is undecided before it: where the old phase up to
// there and the new one from there on contradict the fewest symbols. The new one starts there. Every change is either
// followed by a block in the new phase or to one that is clearly better at the same place, so that this comes to an
// end.
void SoftDecoder::change_phase(const Found& found, std::size_t symbols, SoftBits& out) {
  const std::size_t undecided = decoder_.undecided() / pattern_.steps * pattern_.symbols();
  const std::vector<std::uint8_t> before = decoder_.errors_by_step();
  go_back(undecided);
  decoded_ -= undecided;
  read(undecided + symbols, found.phase);
  trial_.restart();
  trial_.try_block(pairs_);
  const std::vector<std::uint8_t> after = trial_.errors_by_step();
  std::size_t change = 0;
  std::ptrdiff_t errors = 0;  // more than with a change at the very start
  std::ptrdiff_t fewest = 0;
  for (std::size_t step = 0; step < before.size(); ++step) {
    errors += before[step] - after[step];
    if (errors >= fewest || (step + 1) % pattern_.steps != 0) continue;
    fewest = errors;
    change = step + 1;
  }
  decoder_.take_first(change, bits_);
  const std::size_t changed_at = change / pattern_.steps * pattern_.symbols();
  decoded_ += changed_at;
  advance(changed_at);
  put_out(out);
  ++counts_.relocks;
  lock(found);
}

SoftDecoder::Found SoftDecoder::find_phase(std::size_t symbols) {
  Found best;
  for (const SymbolPhase& phase : phases_) {
    read(symbols, phase);
    trial_.restart();
    const double rate = trial_.try_block(pairs_).rate();
    if (rate < best.error_rate) best = {phase, rate};
  }
  return best;
}

void SoftDecoder::read(std::size_t symbols, const SymbolPhase& phase) {
  const std::size_t from = next_ + phase.symbols_to_start;
  const bool odd = (first_ + phase.symbols_to_start) % 2 == 1;
  reader_.read(symbols_.data() + from, symbols, odd, phase, pairs_);
}

void SoftDecoder::lock(const Found& found) {
  pass_over(found.phase.symbols_to_start);
  phase_ = found.phase;
  phase_->symbols_to_start = 0;
  usual_error_rate_ = found.error_rate;
  bad_blocks_ = 0;
  decoder_.restart();
  begin_place();
}

void SoftDecoder::go_back(std::size_t symbols) {
  next_ -= symbols;
  first_ -= symbols;
}

void SoftDecoder::begin_place() {
  places_.push_back({bits_out_, first_});
  if (places_.size() > kPlacesRemembered) places_.pop_front();
}

void SoftDecoder::give_up_phase(SoftBits& out) {
  decoder_.finish(bits_);
  put_out(out);
  phase_.reset();
}

void SoftDecoder::pass_over(std::size_t symbols) {
  passed_over_ += symbols;
  advance(symbols);
}

void SoftDecoder::advance(std::size_t symbols) {
  next_ += symbols;
  first_ += symbols;
}

void SoftDecoder::put_out(SoftBits& out) {
  if (bits_.empty()) return;
  const std::size_t size_before = out.bytes.size();
  const std::uint64_t first_byte = bits_out_ / 8;
  for (const std::uint8_t bit : bits_) {
    const bool one = coding_.differential ? (bit != 0) != last_bit_ : bit != 0;
    last_bit_ = bit != 0;
    started_byte_ = static_cast<Byte>(started_byte_ << 1 | int{one});
    if (++bits_out_ % 8 == 0) out.bytes.push_back(started_byte_);
  }
  bits_.clear();
  const std::size_t size = out.bytes.size() - size_before;
  if (size > 0) out.runs.push_back({size, received_at(input_offset_of(first_byte))});
}

std::uint64_t SoftDecoder::input_offset_of(std::uint64_t byte) const {
  const std::uint64_t bit = 8 * byte;
  auto place = std::upper_bound(places_.begin(), places_.end(), bit,
                                [](std::uint64_t value, const Place& each) { return value < each.first_bit; });
  if (place == places_.begin()) return 0;
  --place;
  const bool coded = coding_.rate != ConvolutionalRate::none;
  const std::uint64_t periods = (bit - place->first_bit) / pattern_.steps;
  const std::uint64_t symbol = place->symbol + (coded ? periods * pattern_.symbols() : bit - place->first_bit);
  return deinterleaver_ ? deinterleaver_->input_offset_of(symbol) : symbol;
}

UtcTime SoftDecoder::received_at(std::uint64_t input_offset) const {
  auto arrival = std::upper_bound(arrivals_.begin(), arrivals_.end(), input_offset,
                                  [](std::uint64_t value, const Arrival& each) { return value < each.first_symbol; });
  return arrival == arrivals_.begin() ? arrivals_.front().time : std::prev(arrival)->time;
}

// What may still come out stands behind the byte that is started.
void SoftDecoder::forget_arrivals() {
  std::uint64_t needed = deinterleaver_ ? deinterleaver_->input_offset_of(first_) : first_;
  if (phase_) needed = std::min(needed, input_offset_of(bits_out_ / 8));
  while (arrivals_.size() > 1 && arrivals_[1].first_symbol <= needed) arrivals_.pop_front();
}

LossLedger SoftDecoder::losses() const {
  const LrptDeinterleaver::Counts interleaver = deinterleaver_ ? deinterleaver_->counts() : LrptDeinterleaver::Counts{};
  // What the interleaver inserted never came in, whether it was passed over or decoded.
  const std::uint64_t inserted_and_passed_over = std::min(passed_over_, interleaver.inserted);
  const std::uint64_t passed_over = interleaver.passed_over + passed_over_ - inserted_and_passed_over;
  const std::uint64_t decoded = decoded_ - (interleaver.inserted - inserted_and_passed_over);
  LossLedger losses = losses_;
  losses.bytes_in = symbols_in_;
  losses.units_in = symbols_in_;
  losses.bytes_out = bits_out_ / 8;
  losses.units_out = decoded;
  losses.drop(DropReason::no_symbol_lock, passed_over, passed_over);
  losses.drop(DropReason::overhead, interleaver.sync, interleaver.sync + decoded - losses.bytes_out);
  return losses;
}

SoftDecoder::Counts SoftDecoder::counts() const {
  Counts counts = counts_;
  if (deinterleaver_) counts.interleaver = deinterleaver_->counts();
  return counts;
}

}  // namespace dl::link
