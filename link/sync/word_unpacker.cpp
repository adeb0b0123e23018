#include "link/sync/word_unpacker.h"

#include <algorithm>
#include <array>
#include <span>

namespace dl::link {
namespace {

constexpr std::size_t kSampleBytes = 256;
// Of 128 words; a few may be damaged. Of packed words hardly one in sixty has the six bits.
constexpr std::size_t kEnoughWords = 112;
constexpr unsigned kWordBits = 10;
constexpr std::size_t kMaxPlaces = 1024;

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](Byte byte) { return byte == 0; });
}

// Pairs from `first` on whose byte `high` (0 or 1 of the pair) has six bits 0.
std::size_t words_in(ByteView sample, std::size_t first, std::size_t high) {
  std::size_t words = 0;
  for (std::size_t i = first; i + 1 < sample.size(); i += 2) words += sample[i + high] < 4 ? 1 : 0;
  return words;
}

// The input begins with a whole word: nothing else tells the low byte first from the high byte first a byte later.
WordContainer judge(ByteView sample) {
  const std::size_t even = words_in(sample, 0, 0);
  const std::size_t odd = words_in(sample, 0, 1);
  const std::size_t enough = kEnoughWords * sample.size() / kSampleBytes;
  if (std::max(even, odd) < enough || sample.size() < 4) return WordContainer::packed;
  return even >= odd ? WordContainer::words_be : WordContainer::words_le;
}

}  // namespace

std::string_view to_string(WordContainer container) {
  constexpr std::array<std::string_view, 3> kNames = {"packed", "words-be", "words-le"};
  return kNames[static_cast<std::size_t>(container)];
}

void WordUnpacker::push(ByteView bytes, UtcTime received_at, SoftBits& out) {
  if (container_ == WordContainer::packed && held_.empty()) {
    pass(bytes, out);
    if (!bytes.empty()) out.runs.push_back({bytes.size(), received_at});
    return;
  }
  received_at_ = received_at;
  while (!bytes.empty()) {
    // In pieces of a sample, however large the push is, so that the decision is the same.
    const std::size_t room = container_ ? bytes.size() : std::min(bytes.size(), kSampleBytes - held_.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(room));
    bytes = bytes.subspan(room);
    decide(false);
    convert(out);
  }
}

void WordUnpacker::decide(bool at_end) {
  if (container_ || (held_.size() < kSampleBytes && !at_end) || all_zero(held_)) return;
  container_ = judge(held_);
  // Zeros in front came out byte for byte.
  place_is_new_ = true;
}

void WordUnpacker::convert(SoftBits& out) {
  const std::size_t before = out.bytes.size();
  if (container_ && *container_ != WordContainer::packed) {
    convert_words(out);
  } else if (container_ || held_.size() == kSampleBytes) {
    // Packed, or zeros that say nothing.
    pass(held_, out);
    held_.clear();
  }
  if (out.bytes.size() > before) out.runs.push_back({out.bytes.size() - before, received_at_});
}

void WordUnpacker::pass(ByteView bytes, SoftBits& out) {
  if (place_is_new_) begin_place();
  losses_.bytes_in += bytes.size();
  offset_ += bytes.size();
  bytes_out_ += bytes.size();
  out.bytes.insert(out.bytes.end(), bytes.begin(), bytes.end());
}

void WordUnpacker::convert_words(SoftBits& out) {
  const std::size_t high = container_ == WordContainer::words_be ? 0 : 1;
  std::size_t at = 0;
  while (at + 1 < held_.size()) {
    if (held_[at + high] >= 4) {
      ++at;
      ++offset_;
      ++losses_.bytes_in;
      losses_.drop(DropReason::no_sync, 0, 1);
      place_is_new_ = true;
      continue;
    }
    if (place_is_new_) begin_place();
    put_word(static_cast<unsigned>(held_[at + high]) << 8 | held_[at + 1 - high], out);
    at += 2;
    offset_ += 2;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
}

void WordUnpacker::put_word(unsigned word, SoftBits& out) {
  losses_.bytes_in += 2;
  ++losses_.units_in;
  ++losses_.units_out;
  pending_ = pending_ << kWordBits | word;
  for (pending_bits_ += kWordBits; pending_bits_ >= 8; pending_bits_ -= 8) {
    out.bytes.push_back(static_cast<Byte>(pending_ >> (pending_bits_ - 8)));
    ++bytes_out_;
  }
}

void WordUnpacker::begin_place() {
  const bool in_words = container_ && *container_ != WordContainer::packed;
  places_.push_back({bytes_out_ * 8 + pending_bits_, offset_, in_words});
  if (places_.size() > kMaxPlaces) places_.pop_front();
  place_is_new_ = false;
}

void WordUnpacker::flush(SoftBits& out) {
  decide(true);
  const std::size_t before = out.bytes.size();
  if (!container_ || *container_ == WordContainer::packed) {
    pass(held_, out);
  } else {
    convert_words(out);
    if (pending_bits_ > 0) {
      out.bytes.push_back(static_cast<Byte>(pending_ << (8 - pending_bits_)));
      ++bytes_out_;
    }
    losses_.bytes_in += held_.size();
    losses_.drop(DropReason::truncated_tail, 0, held_.size());
    offset_ += held_.size();
  }
  held_.clear();
  pending_bits_ = 0;
  place_is_new_ = true;
  if (out.bytes.size() > before) out.runs.push_back({out.bytes.size() - before, received_at_});
}

void WordUnpacker::skip(std::uint64_t size_bytes, DropReason reason, SoftBits& out) {
  flush(out);
  losses_.bytes_in += size_bytes;
  losses_.drop(reason, 0, size_bytes);
  offset_ += size_bytes;
  place_is_new_ = true;
}

LossLedger WordUnpacker::losses() const {
  LossLedger losses = losses_;
  losses.bytes_out = bytes_out_;
  losses.drop(DropReason::overhead, 0, losses.bytes_in - losses.all_dropped().bytes - bytes_out_);
  return losses;
}

std::uint64_t WordUnpacker::input_offset_of(std::uint64_t byte) const {
  const std::uint64_t bit = byte * 8 + 7;  // of the word that a frame from this byte on begins in
  const auto next = std::upper_bound(places_.begin(), places_.end(), bit,
                                     [](std::uint64_t wanted, const Place& place) { return wanted < place.first_bit; });
  if (places_.empty()) return 0;
  const Place& place = next == places_.begin() ? places_.front() : *std::prev(next);
  const std::uint64_t bits = bit < place.first_bit ? 0 : bit - place.first_bit;
  return place.offset + (place.in_words ? bits / kWordBits * 2 : bits / 8);
}

}  // namespace dl::link
