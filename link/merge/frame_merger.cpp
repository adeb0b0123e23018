#include "link/merge/frame_merger.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <iterator>
#include <tuple>

#include "core/crc.h"

namespace dl::link {
namespace {

constexpr std::size_t kRememberedFrames = 1U << 16;
constexpr unsigned kLongCounterBits = 24;

constexpr unsigned bit(std::size_t input) {
  return 1U << input;
}

// Where in the count `counter` lies, as seen from `from`: ahead, if within half the count's range.
bool is_ahead(std::uint32_t counter, std::uint32_t from, unsigned bits) {
  const std::uint64_t range = std::uint64_t{1} << bits;
  const std::uint64_t step = (std::uint64_t{counter} - from) & (range - 1);
  return step != 0 && step < range / 2;
}

// Two frames of one content have one key; of different content practically never.
std::uint64_t key_of(const Frame& frame) {
  return (std::uint64_t{crc32c(frame.bytes)} << 32U) | (std::uint64_t{frame.vcid} << 26U) |
         (frame.counter & 0x3FFFFFFU);
}

bool is_merged(const Frame& frame) {
  return !frame.dropped || (frame.dropped == DropReason::idle && frame.master_counter);
}

// Idle frames of short counters look alike again and again: that two receptions have one says nothing of where they
// are.
bool is_anchor(const Frame& frame) {
  return !frame.dropped && frame.first_header_pointer != kIdleDataOnly;
}

// Smaller is better; what decides nothing about the frame's quality comes last, so that there is one answer.
auto rank(const Frame& frame) {
  return std::tuple(frame.quality.station == StationVerdict::erred, frame.quality.symbols_corrected,
                    frame.quality.flywheel, frame.quality.marker_bit_errors, frame.received_at, frame.input_offset);
}

}  // namespace

FrameMerger::FrameMerger(std::size_t inputs, std::size_t window_bytes)
    : window_bytes_(window_bytes), inputs_(inputs), counts_(inputs), index_(inputs) {
  assert(inputs >= 2 && inputs <= kMaxInputs);
}

void FrameMerger::begin() {
  std::move(out_.begin(), out_.end(), std::back_inserter(free_));
  out_.clear();
}

void FrameMerger::push(std::size_t input, const Frame& frame, const Take& take) {
  if (!is_merged(frame)) return;
  if (!frame.dropped) {
    ++losses_.units_in;
    losses_.bytes_in += frame.bytes.size();
    ++counts_[input].frames;
  }
  const std::uint64_t key = key_of(frame);
  if (drop_late_copy(input, frame, key)) return;
  ItemPointer item = copy_of(frame);
  item->key = key;
  // The same once more in one reception waits as a frame of its own.
  if (index_[input].try_emplace(key, item.get()).second) {
    for (std::size_t other = 0; other < inputs_.size(); ++other) {
      if (other == input) continue;
      const auto found = index_[other].find(key);
      if (found == index_[other].end()) continue;
      item->copies |= bit(other);
      found->second->copies |= bit(input);
      if (!is_anchor(frame)) continue;
      ++inputs_[input].shared[other];
      ++inputs_[other].shared[input];
    }
  }
  Input& to = inputs_[input];
  Channel& channel = to.channels[frame.vcid];
  (channel.last == nullptr ? channel.first : channel.last->next_of_channel) = item.get();
  channel.last = item.get();
  to.waiting_bytes += frame.bytes.size();
  to.waiting.push_back(std::move(item));
  run(take);
}

void FrameMerger::end(std::size_t input, const Take& take) {
  inputs_[input].ended = true;
  run(take);
}

void FrameMerger::release(UtcTime time, const Take& take) {
  const auto waits = [&](const Input& input) {
    return !input.waiting.empty() && input.waiting.front()->frame.received_at < time;
  };
  while (std::any_of(inputs_.begin(), inputs_.end(), waits)) {
    std::optional<std::size_t> next = next_decided();
    if (!next) next = next_forced();
    put_out(*next, take);
  }
  run(take);
}

// A copy of what came out already, from a reception that had not given it.
bool FrameMerger::drop_late_copy(std::size_t input, const Frame& frame, std::uint64_t key) {
  const auto found = put_out_.find(key);
  if (found == put_out_.end() || (found->second & bit(input)) != 0) return false;
  found->second |= bit(input);
  if (!frame.dropped) losses_.drop(DropReason::weaker_copy, 1, frame.bytes.size());
  return true;
}

void FrameMerger::run(const Take& take) {
  const auto full = [&](const Input& input) { return input.waiting_bytes > window_bytes_; };
  const auto ended = [](const Input& input) { return input.ended; };
  const auto waits = [](const Input& input) { return !input.waiting.empty(); };
  for (;;) {
    std::optional<std::size_t> next = next_decided();
    const bool force =
        std::any_of(inputs_.begin(), inputs_.end(), full) ||
        (std::all_of(inputs_.begin(), inputs_.end(), ended) && std::any_of(inputs_.begin(), inputs_.end(), waits));
    if (!next && force) next = next_forced();
    if (!next) return;
    put_out(*next, take);
  }
}

// The heads must be known, and what may become of them: else what came first would decide.
std::optional<std::size_t> FrameMerger::next_decided() const {
  std::optional<std::size_t> best;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    if (inputs_[input].waiting.empty()) {
      if (!inputs_[input].ended) return std::nullopt;
      continue;
    }
    const Head head = judge_head(input);
    if (head == Head::undecided) return std::nullopt;
    if (head == Head::waits_for_others) continue;
    if (!best || goes_before(*inputs_[input].waiting.front(), *inputs_[*best].waiting.front())) best = input;
  }
  return best;
}

// The head that goes when none is decided: of a reception whose window is full, or else of any.
std::optional<std::size_t> FrameMerger::next_forced() const {
  std::optional<std::size_t> best;
  const auto full = [&](std::size_t input) { return inputs_[input].waiting_bytes > window_bytes_; };
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    if (inputs_[input].waiting.empty()) continue;
    const bool better = best && full(input) == full(*best) &&
                        goes_before(*inputs_[input].waiting.front(), *inputs_[*best].waiting.front());
    if (!best || (full(input) && !full(*best)) || better) best = input;
  }
  return best;
}

FrameMerger::Head FrameMerger::judge_head(std::size_t input) const {
  const Item& head = *inputs_[input].waiting.front();
  Head verdict = Head::may_go;
  for (std::size_t other = 0; other < inputs_.size(); ++other) {
    if (other == input) continue;
    if (has_earlier(other, head, input)) return Head::waits_for_others;
    if ((head.copies & bit(other)) != 0) {
      if (inputs_[other].waiting.front()->key != head.key) return Head::waits_for_others;
      continue;
    }
    bool past = is_past(other, head, input);
    for (std::size_t copy = 0; copy < inputs_.size() && !past; ++copy) {
      if ((head.copies & bit(copy)) != 0) past = is_past(other, head, copy);
    }
    if (!past) verdict = Head::undecided;
  }
  return verdict;
}

// Whether `other` has a frame waiting that was sent before this head of `input` in the same virtual channel.
bool FrameMerger::has_earlier(std::size_t other, const Item& head, std::size_t input) const {
  const Item* first = inputs_[other].channels[head.frame.vcid].first;
  // What `input` has too it has behind its head.
  return first != nullptr && (first->copies & bit(input)) == 0 && is_sent_before(*first, head);
}

// Of two frames of one virtual channel. Where the counter has run back, what goes on from the last one that came out
// was sent before what begins anew; a frame that comes again says nothing of that.
bool FrameMerger::is_sent_before(const Item& a, const Item& b) const {
  if (goes_on(a) != goes_on(b) && !put_out_.contains(a.key) && !put_out_.contains(b.key)) return goes_on(a);
  return is_ahead(b.frame.counter, a.frame.counter, a.frame.counter_bits);
}

bool FrameMerger::goes_on(const Item& item) const {
  const std::optional<std::uint32_t>& last = last_out_[item.frame.vcid];
  return !last || is_ahead(item.frame.counter, *last, item.frame.counter_bits);
}

// Whether `other` will not give this frame of `input` any more.
bool FrameMerger::is_past(std::size_t other, const Item& item, std::size_t input) const {
  const Input& there = inputs_[other];
  if (there.ended || there.shared[input] > 0) return true;
  const Item* last = there.channels[item.frame.vcid].last;
  return last != nullptr && item.frame.counter_bits >= kLongCounterBits &&
         is_ahead(last->frame.counter, item.frame.counter, item.frame.counter_bits) &&
         // A counter that has run back is behind all those from before.
         (goes_on(item) || put_out_.contains(item.key));
}

bool FrameMerger::goes_before(const Item& a, const Item& b) const {
  if (a.key == b.key) return rank(a.frame) < rank(b.frame);
  if (a.frame.vcid == b.frame.vcid && a.frame.counter != b.frame.counter) return is_sent_before(a, b);
  if (a.frame.master_counter && b.frame.master_counter && *a.frame.master_counter != *b.frame.master_counter) {
    return is_ahead(*b.frame.master_counter, *a.frame.master_counter, 8);
  }
  return std::tuple(a.frame.vcid, a.key) < std::tuple(b.frame.vcid, b.key);
}

// The head of this reception and its copies at the head of others: the best one comes out.
void FrameMerger::put_out(std::size_t input, const Take& take) {
  const std::uint64_t key = inputs_[input].waiting.front()->key;
  if (drop_late_copy(input, inputs_[input].waiting.front()->frame, key)) {
    free_.push_back(take_head(input));
    return;
  }
  Copies copies;
  std::size_t best = input;
  unsigned had = 0;
  for (std::size_t other = 0; other < inputs_.size(); ++other) {
    const Input& from = inputs_[other];
    if (from.waiting.empty() || from.waiting.front()->key != key) continue;
    if (rank(from.waiting.front()->frame) < rank(inputs_[best].waiting.front()->frame)) best = other;
    had |= bit(other);
  }
  for (std::size_t other = 0; other < inputs_.size(); ++other) {
    if ((had & bit(other)) != 0) copies[other] = take_head(other);
  }
  if (!put_out_.contains(key)) last_out_[copies[best]->frame.vcid] = copies[best]->frame.counter;
  remember(key, had);
  Frame& frame = copies[best]->frame;
  count(frame, best, had);
  frame.breaks_before = breaks_at(copies);
  take(frame);
  for (ItemPointer& copy : copies) {
    if (copy) out_.push_back(std::move(copy));
  }
}

void FrameMerger::count(const Frame& frame, std::size_t best, unsigned had) {
  if (frame.dropped) return;
  ++losses_.units_out;
  losses_.bytes_out += frame.bytes.size();
  ++counts_[best].frames_used;
  if (had == bit(best)) ++counts_[best].frames_unique;
  const auto weaker = static_cast<std::uint64_t>(std::popcount(had) - 1);
  losses_.drop(DropReason::weaker_copy, weaker, weaker * frame.bytes.size());
}

// Nothing was lost before this frame if one of its receptions had the frame before too, and nothing was lost there.
std::uint32_t FrameMerger::breaks_at(const Copies& copies) {
  bool unbroken = false;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    std::optional<std::uint32_t>& last = inputs_[input].last_breaks;
    std::optional<std::uint32_t> now;
    if (copies[input]) now = copies[input]->frame.breaks_before;
    unbroken = unbroken || (now && last == now);
    last = now;
  }
  if (!unbroken) ++breaks_;
  return breaks_;
}

FrameMerger::ItemPointer FrameMerger::take_head(std::size_t input) {
  Input& from = inputs_[input];
  ItemPointer item = std::move(from.waiting.front());
  from.waiting.pop_front();
  Channel& channel = from.channels[item->frame.vcid];
  channel.first = item->next_of_channel;
  if (channel.first == nullptr) channel.last = nullptr;
  from.waiting_bytes -= item->bytes.size();
  const auto found = index_[input].find(item->key);
  if (found == index_[input].end() || found->second != item.get()) return item;
  index_[input].erase(found);
  for (std::size_t other = 0; other < inputs_.size(); ++other) {
    if ((item->copies & bit(other)) == 0) continue;
    if (is_anchor(item->frame)) {
      --from.shared[other];
      --inputs_[other].shared[input];
    }
    if (const auto copy = index_[other].find(item->key); copy != index_[other].end()) {
      copy->second->copies &= ~bit(input);
    }
  }
  item->copies = 0;
  return item;
}

void FrameMerger::remember(std::uint64_t key, unsigned inputs) {
  if (put_out_.insert_or_assign(key, inputs).second) put_out_order_.push_back(key);
  if (put_out_order_.size() <= kRememberedFrames) return;
  put_out_.erase(put_out_order_.front());
  put_out_order_.pop_front();
}

FrameMerger::ItemPointer FrameMerger::copy_of(const Frame& frame) {
  ItemPointer item;
  if (free_.empty()) {
    item = std::make_unique<Item>();
  } else {
    item = std::move(free_.back());
    free_.pop_back();
  }
  item->bytes.assign(frame.bytes.begin(), frame.bytes.end());
  item->frame = frame;
  item->frame.bytes = item->bytes;
  item->copies = 0;
  item->next_of_channel = nullptr;
  if (!frame.data_field.empty()) {
    const auto start = static_cast<std::size_t>(frame.data_field.data() - frame.bytes.data());
    item->frame.data_field = item->frame.bytes.subspan(start, frame.data_field.size());
  }
  return item;
}

}  // namespace dl::link
