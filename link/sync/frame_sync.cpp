#include "link/sync/frame_sync.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "link/sync/bit_string.h"

namespace dl::link {
namespace {

// Under this length even an exact marker turns up in noise too often to be believed without a second one.
constexpr std::uint64_t kTrustedMarkerBits = 32;

// How far before the first recognised marker damaged ones are taken. With one bit in a thousand wrong, three exact
// markers in a row are missed once in 30,000 passes.
constexpr std::uint64_t kFramesBeforeLock = 3;

// Between a marker that a slip has damaged and the next one, this many bits at most have come or gone: more is not a
// slip of the bit clock.
constexpr std::uint64_t kClockSlipBits = 7;

// How far behind a position any step looks before it decides.
constexpr std::uint64_t kFramesAhead = 3;

// A byte belongs to the stretch that holds its first bit.
constexpr std::uint64_t bytes_starting_before(std::uint64_t bit) {
  return (bit + 7) / 8;
}

constexpr std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

// The input comes from far away: the frame after the next is asked for while this one is copied (a sixth of the whole
// link's time). Inline, or GCC takes a function without effects away.
[[gnu::always_inline]] inline void prefetch(ByteView bytes, std::size_t from, std::size_t size) {
  constexpr std::size_t kCacheLineBytes = 64;
  const std::size_t end = std::min(from + size, bytes.size());
  for (std::size_t at = from; at < end; at += kCacheLineBytes) __builtin_prefetch(bytes.data() + at);
}

}  // namespace

FrameSync::FrameSync(const Profile& profile)
    : profile_(profile),
      cadu_bits_(profile.cadu_bits()),
      marker_bits_(profile.marker_bits),
      judged_(profile.code != ReedSolomonCode::none || profile.frame_error_control),
      trusted_(marker_bits_ >= kTrustedMarkerBits),
      state_(state_at_start(profile)) {
  assert(cadu_bits_ > marker_bits_ + 2 * kClockSlipBits && profile.slip_bits <= 2);
  if (state_ == State::unmarked) {
    assert(cadu_bits_ % 8 == 0);
    return;
  }
  profile_.marker &= ~std::uint64_t{0} >> (64 - marker_bits_);
  search_.emplace(profile_.marker, profile.marker_bits, profile.marker_errors_search);
  check_.emplace(profile_.marker, profile.marker_bits, profile.marker_errors_check);
}

FrameSync::State FrameSync::state_at_start(const Profile& profile) {
  return profile.marker_bits == 0 ? State::unmarked : State::searching;
}

// What an earlier push left undecided is decided with as little of the new bytes beside it as that takes; from there on
// the window is the caller's bytes.
void FrameSync::push(ByteView bytes, UtcTime received_at, FrameBatch& out, StationVerdict station) {
  if (bytes.empty()) return;
  losses_.bytes_in += bytes.size();
  const std::uint64_t first = input_.end();
  input_.arrive(bytes.size(), received_at, station);
  const auto frame_bytes = static_cast<std::size_t>((cadu_bits_ + marker_bits_) / 8 + 1);
  for (std::size_t copied = 0; input_.begin() < first;) {
    const ByteView more = bytes.subspan(copied, std::min(frame_bytes, bytes.size() - copied));
    copied += more.size();
    input_.append(more);
    run(false, out);
    if (copied == bytes.size() || position_ / 8 >= first) {
      input_.keep_from(position_ / 8);
      if (copied == bytes.size()) return;
    }
  }
  const auto decided = static_cast<std::size_t>(input_.begin() - first);
  input_.look_at(bytes.subspan(decided), input_.begin());
  run(false, out);
  input_.keep_from(position_ / 8);
}

void FrameSync::flush(FrameBatch& out) {
  run(true, out);
  assert(position_ == end());
  input_.keep_from(position_ / 8);
  state_ = state_at_start(profile_);
  searched_ = position_;
  unconfirmed_to_ = 0;
  marker_ = {};
}

void FrameSync::skip(std::uint64_t size_bytes, DropReason reason, FrameBatch& out) {
  flush(out);
  losses_.bytes_in += size_bytes;
  losses_.drop(reason, 0, size_bytes);
  input_.skip(size_bytes);
  position_ = searched_ = end();
}

void FrameSync::run(bool at_end, FrameBatch& out) {
  while (step(at_end, out)) {
  }
}

// Every step below looks at a fixed stretch of input and waits until it is there: this is what makes the frames
// independent of how the input is chopped.
bool FrameSync::step(bool at_end, FrameBatch& out) {
  switch (state_) {
    case State::locked:
      return step_locked(at_end, out);
    case State::searching:
      return step_searching(at_end);
    case State::unmarked:
      return step_unmarked(at_end, out);
  }
  return false;
}

bool FrameSync::step_unmarked(bool at_end, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  if (!available(next)) {
    if (at_end) step_tail(out);
    return false;
  }
  emit(position_, next, out);
  position_ = next;
  return true;
}

bool FrameSync::step_searching(bool at_end) {
  const auto first = find(*search_, searched_, end());
  if (!first) {
    if (available(searched_ + marker_bits_)) searched_ = end() - marker_bits_ + 1;
    pass_over(at_end ? end() : searched_ - std::min(searched_, kFramesBeforeLock * cadu_bits_));
    return false;
  }
  searched_ = first->position;
  pass_over(searched_ - std::min(searched_, kFramesBeforeLock * cadu_bits_));
  if (!at_end && !available(searched_ + kFramesAhead * cadu_bits_ + marker_bits_)) return false;
  if (first->confirmed) {
    lock_from_search(*first);
    return true;
  }
  const bool complete = available(searched_ + cadu_bits_);
  const bool unanswered = !available(searched_ + cadu_bits_ + marker_bits_);  // the input ended before the next marker
  if (!good_enough_alone(*first) && !(complete && unanswered)) {
    ++searched_;
    return true;
  }
  for (std::uint64_t from = searched_ + 1; auto other = find(*search_, from, searched_ + cadu_bits_);) {
    if (other->confirmed) {
      lock_from_search(*other);
      return true;
    }
    from = other->position + 1;
  }
  lock_from_search(*first);
  return true;
}

bool FrameSync::step_locked(bool at_end, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  if (!available(next + marker_bits_ + profile_.slip_bits) && (!at_end || !available(next + marker_bits_))) {
    if (at_end) step_tail(out);
    return false;
  }
  const unsigned errors = errors_at(next, marker_.inverted);
  if (errors > profile_.marker_errors_check) {
    if (const auto near = trusted_ ? find_near(next) : std::nullopt) {
      go_on_at(*near, out);
      return true;
    }
    if (errors > profile_.marker_errors_lock) return step_marker_missing(at_end, out);
  }
  emit(position_, next, out);
  marker_.errors = errors;
  marker_.flywheel = false;
  marker_.missed_in_a_row = 0;
  position_ = next;
  return true;
}

bool FrameSync::step_marker_missing(bool at_end, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  const std::uint64_t after_next = next + cadu_bits_;
  if (!at_end && !available(position_ + kFramesAhead * cadu_bits_ + marker_bits_)) return false;

  const bool position_holds = marker_at(after_next, marker_.inverted, profile_.marker_errors_check);
  if (!position_holds) {
    auto found = find_near(next);
    // One that is a few bits before its place after next belongs to the frame between: that one's step will find it.
    if (!found) found = find_true_marker(position_ + marker_bits_, after_next - (trusted_ ? kClockSlipBits : 0));
    if (found) {
      go_on_at(*found, out);
      return true;
    }
  }
  emit(position_, next, out);
  position_ = next;
  if (!position_holds && marker_.missed_in_a_row >= profile_.flywheel_frames) {
    lose_lock();
    return true;
  }
  marker_.errors = errors_at(next, marker_.inverted);
  marker_.flywheel = true;
  ++marker_.missed_in_a_row;
  return true;
}

// The input ends before the next marker could.
void FrameSync::step_tail(FrameBatch& out) {
  if (available(position_ + cadu_bits_)) {
    emit(position_, position_ + cadu_bits_, out);
    position_ += cadu_bits_;
  }
  const std::uint64_t bytes = bytes_starting_before(end()) - bytes_starting_before(position_);
  const std::uint64_t units = bytes > 0 ? 1 : 0;
  losses_.units_in += units;
  book(DropReason::truncated_tail, position_, end(), units);
  position_ = end();
}

unsigned FrameSync::errors_at(std::uint64_t position, bool inverted) const {
  const auto bits = static_cast<unsigned>(marker_bits_);
  const std::uint64_t difference = read_bits(input_.window(), in_window(position), bits) ^ profile_.marker;
  const auto distance = static_cast<unsigned>(std::popcount(difference));
  return inverted ? bits - distance : distance;
}

bool FrameSync::marker_at(std::uint64_t position, bool inverted, unsigned errors_allowed) const {
  return available(position + marker_bits_) && errors_at(position, inverted) <= errors_allowed;
}

std::optional<FrameSync::Candidate> FrameSync::find(const MarkerSearch& search, std::uint64_t from,
                                                    std::uint64_t to) const {
  if (from >= to) return std::nullopt;
  const auto match = search.find(input_.window(), in_window(from), in_window(to));
  if (!match) return std::nullopt;
  Candidate candidate{input_.begin() * 8 + match->bit, *match, false};
  const unsigned allowed = profile_.marker_errors_check;
  candidate.confirmed =
      marker_at(candidate.position + cadu_bits_, match->inverted, allowed) ||
      (state_ == State::searching && marker_at(candidate.position + 2 * cadu_bits_, match->inverted, allowed));
  return candidate;
}

bool FrameSync::good_enough_alone(const Candidate& candidate) const {
  return trusted_ && candidate.match.errors == 0;
}

// The first that is confirmed by the marker behind it; or one without, if it is good enough alone and its frame ends
// before the confirmed one starts. Where markers stand close together one step after another comes here with nearly the
// same stretch: what was found unconfirmed is passed over.
std::optional<FrameSync::Candidate> FrameSync::find_true_marker(std::uint64_t from, std::uint64_t to) {
  std::optional<Candidate> alone;
  while (auto candidate = find(*check_, from, to)) {
    if (candidate->confirmed) {
      const bool room_for_both = alone && alone->position + cadu_bits_ <= candidate->position;
      return room_for_both ? alone : candidate;
    }
    if (!alone && good_enough_alone(*candidate)) alone = candidate;
    from = candidate->position + 1;
    if (alone) from = std::max(from, unconfirmed_to_);
  }
  unconfirmed_to_ = std::max(unconfirmed_to_, to);
  return alone;
}

// The best one within the slip window, of either polarity; of equals the one nearest to the place, upright as before.
std::optional<FrameSync::Candidate> FrameSync::find_near(std::uint64_t place) const {
  std::optional<Candidate> best;
  const auto try_at = [&](std::uint64_t position) {
    if (!available(position + marker_bits_)) return;
    for (const bool inverted : {marker_.inverted, !marker_.inverted}) {
      const unsigned errors = errors_at(position, inverted);
      if (errors > profile_.marker_errors_check || (best && errors >= best->match.errors)) continue;
      best = Candidate{position, {in_window(position), errors, inverted}, true};
    }
  };
  try_at(place);
  for (unsigned slip = 1; slip <= profile_.slip_bits; ++slip) {
    try_at(place - slip);
    try_at(place + slip);
  }
  return best;
}

void FrameSync::pass_over(std::uint64_t to) {
  if (to <= position_) return;
  counts_.search_bytes += bytes_starting_before(to) - bytes_starting_before(position_);
  book(DropReason::no_sync, position_, to, 0);
  position_ = to;
}

void FrameSync::lock_at(const Candidate& candidate) {
  position_ = candidate.position;
  // Alone, it has not earned a flywheel.
  const unsigned missed = candidate.confirmed ? 0 : profile_.flywheel_frames;
  marker_ = {candidate.match.errors, candidate.match.inverted, false, missed};
}

// Frames before the candidate whose markers were too damaged for the search are not lost.
void FrameSync::lock_from_search(const Candidate& candidate) {
  Candidate first = candidate;
  const unsigned allowed = trusted_ ? profile_.marker_errors_lock : profile_.marker_errors_check;
  for (std::uint64_t i = 0; i < kFramesBeforeLock && first.position >= position_ + cadu_bits_; ++i) {
    const std::uint64_t before = first.position - cadu_bits_;
    if (!marker_at(before, first.match.inverted, allowed)) break;
    first = {before, {in_window(before), errors_at(before, first.match.inverted), first.match.inverted}, true};
  }
  pass_over(first.position);
  lock_at(first);
  state_ = State::locked;
  ++counts_.locks_acquired;
  lock_frames_ = 0;
}

void FrameSync::lose_lock() {
  state_ = State::searching;
  searched_ = position_;
  ++counts_.locks_lost;
}

// The next marker was found elsewhere, or upside down: what becomes of the frame before it. If its own marker was
// damaged, what happened to the clock or the polarity happened there, and its bits are as the next marker says.
void FrameSync::go_on_at(const Candidate& found, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  const std::uint64_t slipped = distance(found.position, next);
  const bool near = slipped <= profile_.slip_bits;
  const bool own_marker_damaged = trusted_ && (marker_.flywheel || marker_.errors > 0) && slipped <= kClockSlipBits;
  const bool late = found.position > next;
  if (found.match.inverted != marker_.inverted) ++counts_.polarity_changes;
  if (slipped > 0) {
    ++counts_.slipped_frames;
    counts_.slipped_bits += slipped;
  }
  const bool kept = slipped == 0 || (near || own_marker_damaged ? judged_ : late);
  if (!kept) {
    book(DropReason::slip, position_, found.position, 1);
    ++losses_.units_in;
  } else if (own_marker_damaged) {
    // At the very start of the input this may be before bit 0, and wraps; the frame's own bits are all there.
    const std::uint64_t hung_at = found.position - cadu_bits_;
    if (late) {
      book(DropReason::slip, position_, hung_at, 0);
      position_ = hung_at;
    }
    marker_.inverted = found.match.inverted;
    emit(hung_at, found.position, out);
  } else {
    emit(position_, std::min(next, found.position), out);
    if (late) book(DropReason::slip, next, found.position, 0);
  }
  lock_at(found);
}

// The frame whose marker starts at `hung_at`; the bytes from position_ to `until` are its own. A slip may let it begin
// or end a few bits outside of them.
void FrameSync::emit(std::uint64_t hung_at, std::uint64_t until, FrameBatch& out) {
  const std::uint64_t body = hung_at + marker_bits_;
  const SyncInput::Stamp stamp = input_.stamp(position_ / 8, (until - 1) / 8);
  Frame frame;
  frame.quality.marker_bit_errors = static_cast<std::uint8_t>(marker_.errors);
  frame.quality.flywheel = marker_.flywheel;
  frame.quality.station = stamp.station;
  frame.inverted = marker_.inverted;
  frame.input_offset = position_ / 8;
  frame.received_at = stamp.received_at;
  const std::size_t size = profile_.codeblock_size_bytes();
  const auto body_bits = static_cast<std::size_t>(cadu_bits_ - marker_bits_);
  prefetch(input_.window(), in_window(body) / 8 + 2 * size, size);
  copy_bits(input_.window(), in_window(body), body_bits, marker_.inverted, out.add(frame, size));
  ++losses_.units_in;
  ++losses_.units_out;
  losses_.bytes_out += size;
  const std::uint64_t own_bytes = bytes_starting_before(until) - bytes_starting_before(position_);
  assert(own_bytes >= size);
  losses_.drop(DropReason::overhead, 0, own_bytes - size);
  if (state_ == State::unmarked) return;
  ++(marker_.flywheel ? counts_.flywheel_frames : counts_.frames_in_lock);
  if (marker_.inverted) ++counts_.inverted_frames;
  if (!marker_.flywheel) counts_.marker_bit_errors += marker_.errors;
  counts_.longest_lock_frames = std::max(counts_.longest_lock_frames, ++lock_frames_);
}

void FrameSync::book(DropReason reason, std::uint64_t from, std::uint64_t to, std::uint64_t units) {
  losses_.drop(reason, units, bytes_starting_before(to) - bytes_starting_before(from));
}

}  // namespace dl::link
