#include "link/soft/lrpt_deinterleaver.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dl::link {
namespace {

constexpr std::size_t kStride = LrptDeinterleaver::kSyncSymbols + LrptDeinterleaver::kBlockSymbols;
constexpr std::size_t kElementaryDelay = LrptDeinterleaver::kBranches * LrptDeinterleaver::kBranchDelay;
constexpr std::size_t kDelayLine = LrptDeinterleaver::kBranches * kElementaryDelay;
constexpr std::size_t kBlocksRemembered = 41000;  // the delay line's, and 4000 more

// Sync words are judged together over so many blocks, 64 ms.
constexpr std::size_t kGroupBlocks = 64;
constexpr std::size_t kLeastBlocks = 16;
// Over 512 symbols noise stays below 0.2 at every place and in every turn; one wrong symbol in five gives 0.6.
constexpr double kFound = 0.4;

constexpr std::array<int, LrptDeinterleaver::kSyncSymbols> kSyncWord = {-1, -1, 1, -1, -1, 1, 1, 1};  // 0x27

int value(Byte symbol) {
  return std::max<int>(static_cast<std::int8_t>(symbol), -127);
}

// What a symbol of a constellation point is once turned back.
template <class Turn, class At>
int turned(const Turn& turn, std::size_t i, At at) {
  const bool second = i % 2 == 1;
  const int symbol = at(turn.swapped ? i ^ 1 : i);
  return (second && turn.second_inverted) != turn.inverted ? -symbol : symbol;
}

}  // namespace

LrptDeinterleaver::LrptDeinterleaver() : delay_line_(kDelayLine), block_offsets_(kBlocksRemembered) {}

void LrptDeinterleaver::push(ByteView symbols, std::vector<std::int8_t>& out) {
  // One block more than a group: its sync word may begin anywhere within the first 80 symbols.
  constexpr std::size_t kNeeded = (kGroupBlocks + 1) * kStride;
  while (!symbols.empty()) {
    const std::size_t size = std::min(symbols.size(), kNeeded - buffer_.size());
    buffer_.insert(buffer_.end(), symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(size));
    symbols = symbols.subspan(size);
    if (buffer_.size() < kNeeded) return;
    take_group(kGroupBlocks, out);
  }
}

void LrptDeinterleaver::flush(std::vector<std::int8_t>& out) {
  const std::size_t blocks = buffer_.size() / kStride;
  if (blocks > kLeastBlocks) take_group(blocks - 1, out);
  while (sync_ && buffer_.size() >= kStride) take_block(ByteView(buffer_).first(kStride));
  counts_.passed_over += buffer_.size();
  consume(buffer_.size());
  emit(written_, out);
  start_ = written_;
  sync_.reset();
}

std::uint64_t LrptDeinterleaver::input_offset_of(std::uint64_t number) const {
  return block_offsets_[number / kBlockSymbols % kBlocksRemembered] + kSyncSymbols + number % kBlockSymbols;
}

LrptDeinterleaver::Sums LrptDeinterleaver::sums_of(std::size_t blocks) const {
  Sums sums;
  for (std::size_t block = 0; block < blocks; ++block) {
    for (std::size_t i = 0; i < sums.values.size(); ++i) {
      const int symbol = value(buffer_[block * kStride + i]);
      sums.values[i] += symbol;
      sums.magnitudes[i] += std::abs(symbol);
    }
  }
  return sums;
}

double LrptDeinterleaver::Sums::correlation(std::size_t at, const Turn& turn) const {
  int sum = 0;
  int magnitude = 1;
  for (std::size_t i = 0; i < kSyncSymbols; ++i) {
    sum += kSyncWord[i] * turned(turn, i, [&](std::size_t j) { return values[at + j]; });
    magnitude += magnitudes[at + i];
  }
  return static_cast<double>(sum) / magnitude;
}

LrptDeinterleaver::Sync LrptDeinterleaver::find_sync(const Sums& sums) {
  Sync best;
  for (std::size_t at = 0; at < kStride; ++at) {
    for (unsigned turns = 0; turns < 8; ++turns) {
      const Turn turn{(turns & 1) != 0, (turns & 2) != 0, (turns & 4) != 0};
      const double correlation = sums.correlation(at, turn);
      if (correlation > best.correlation) best = {at, turn, correlation};
    }
  }
  return best;
}

// Decides where the sync words of the next blocks stand. A sync word that has moved a little forward or back has not
// moved by whole blocks: what is between the two places has been added or lost.
void LrptDeinterleaver::follow_sync(std::size_t blocks) {
  const Sums sums = sums_of(blocks);
  if (sync_ && sums.correlation(0, sync_->turn) >= kFound) return;
  const Sync found = find_sync(sums);
  if (found.correlation < kFound) return;
  if (sync_) {
    ++counts_.resyncs;
    if (found.at > kStride / 2) {
      block_offsets_[written_ / kBlockSymbols % kBlocksRemembered] = base_;
      written_ += kBlockSymbols;
      counts_.inserted += kBlockSymbols;
    }
  }
  sync_ = found;
  counts_.passed_over += found.at;
  consume(found.at);
}

void LrptDeinterleaver::take_group(std::size_t blocks, std::vector<std::int8_t>& out) {
  follow_sync(blocks);
  for (std::size_t block = 0; block < blocks; ++block) {
    if (sync_) {
      take_block(ByteView(buffer_).first(kStride));
    } else {
      counts_.passed_over += kStride;
      consume(kStride);
    }
  }
  if (written_ > start_ + kLatency) emit(written_ - kLatency, out);
}

void LrptDeinterleaver::take_block(ByteView block) {
  block_offsets_[written_ / kBlockSymbols % kBlocksRemembered] = base_;
  const ByteView coded = block.subspan(kSyncSymbols);
  for (std::size_t i = 0; i < kBlockSymbols; ++i, ++written_) {
    const int symbol = turned(sync_->turn, i, [&](std::size_t j) { return value(coded[j]); });
    const std::uint64_t delay = written_ % kBranches * kElementaryDelay;
    if (written_ >= start_ + delay) delay_line_[(written_ - delay) % kDelayLine] = static_cast<std::int8_t>(symbol);
  }
  counts_.sync += kSyncSymbols;
  consume(kStride);
}

void LrptDeinterleaver::emit(std::uint64_t to, std::vector<std::int8_t>& out) {
  for (; emitted_ < to; ++emitted_) {
    std::int8_t& symbol = delay_line_[emitted_ % kDelayLine];
    out.push_back(symbol);
    symbol = 0;
  }
}

void LrptDeinterleaver::consume(std::size_t symbols) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(symbols));
  base_ += symbols;
}

}  // namespace dl::link
