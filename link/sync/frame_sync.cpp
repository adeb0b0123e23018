#include "link/sync/frame_sync.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace dl::link {
namespace {

// Under this length even an exact marker turns up in noise too often to be believed without a second one.
constexpr std::uint64_t kTrustedMarkerBits = 32;

// A byte belongs to the stretch that holds its first bit.
constexpr std::uint64_t bytes_starting_before(std::uint64_t bit) {
  return (bit + 7) / 8;
}

}  // namespace

FrameSync::FrameSync(const Profile& profile)
    : profile_(profile),
      cadu_bits_(std::uint64_t{profile.cadu_size_bytes} * 8),
      marker_bits_(profile.marker_bits),
      search_(profile.marker, profile.marker_bits, profile.marker_errors_search),
      check_(profile.marker, profile.marker_bits, profile.marker_errors_check) {
  assert(profile.marker_bits % 8 == 0 && cadu_bits_ > marker_bits_);
}

void FrameSync::push(ByteView bytes, UtcTime received_at, FrameBatch& out) {
  if (bytes.empty()) return;
  if (arrivals_.empty() || arrivals_.back().time != received_at) {
    arrivals_.push_back({base_ + buffer_.size(), received_at});
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  losses_.bytes_in += bytes.size();
  while (step(false, out)) {
  }
  forget_consumed();
}

void FrameSync::flush(FrameBatch& out) {
  while (step(true, out)) {
  }
  assert(position_ == end());
  state_ = State::searching;
  marker_ = {};
  forget_consumed();
}

void FrameSync::skip(std::uint64_t size_bytes, DropReason reason, FrameBatch& out) {
  flush(out);
  losses_.bytes_in += size_bytes;
  losses_.drop(reason, 0, size_bytes);
  base_ += size_bytes;
  position_ = base_ * 8;
  arrivals_.clear();
}

bool FrameSync::step(bool at_end, FrameBatch& out) {
  return state_ == State::searching ? step_searching(at_end) : step_locked(at_end, out);
}

// Every step below looks at a fixed stretch of input and waits until it is there: this is what makes the frames
// independent of how the input is chopped.
bool FrameSync::step_searching(bool at_end) {
  const auto first = find(search_, position_, end());
  if (!first) {
    const std::uint64_t scanned_to = available(position_ + marker_bits_) ? end() - marker_bits_ + 1 : position_;
    const std::uint64_t given_up_to = at_end ? end() : scanned_to;
    book(DropReason::no_sync, position_, given_up_to, 0);
    position_ = given_up_to;
    return false;
  }
  book(DropReason::no_sync, position_, first->position, 0);
  position_ = first->position;
  if (!at_end && !available(position_ + 3 * cadu_bits_ + marker_bits_)) return false;
  if (first->confirmed) {
    lock_at(*first);
    return true;
  }
  const bool complete = available(position_ + cadu_bits_);
  const bool unanswered = !available(position_ + cadu_bits_ + marker_bits_);  // the input ended before the next marker
  if (!good_enough_alone(*first) && !(complete && unanswered)) {
    book(DropReason::no_sync, position_, position_ + 1, 0);
    ++position_;
    return true;
  }
  for (std::uint64_t from = position_ + 1; auto other = find(search_, from, position_ + cadu_bits_);) {
    if (other->confirmed) {
      book(DropReason::no_sync, position_, other->position, 0);
      lock_at(*other);
      return true;
    }
    from = other->position + 1;
  }
  lock_at(*first);
  return true;
}

bool FrameSync::step_locked(bool at_end, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  if (!available(next + marker_bits_)) {
    if (at_end) step_tail(out);
    return false;
  }
  if (!marker_at(next, marker_.inverted, profile_.marker_errors_lock)) return step_marker_missing(at_end, out);
  emit(out);
  marker_.errors = errors_at(next, marker_.inverted);
  marker_.flywheel = false;
  marker_.missed_in_a_row = 0;
  position_ = next;
  return true;
}

bool FrameSync::step_marker_missing(bool at_end, FrameBatch& out) {
  const std::uint64_t next = position_ + cadu_bits_;
  const std::uint64_t after_next = next + cadu_bits_;
  if (!at_end && !available(after_next + cadu_bits_ + marker_bits_)) return false;

  const bool position_holds = marker_at(after_next, marker_.inverted, profile_.marker_errors_check);
  const auto found = position_holds ? std::nullopt : find_true_marker(position_ + marker_bits_, after_next);
  if (found) {
    if (found->position < next) {
      book(DropReason::slip, position_, found->position, 1);
      ++losses_.units_in;
    } else {
      emit(out);
      book(DropReason::slip, next, found->position, 0);
    }
    lock_at(*found);
    return true;
  }
  emit(out);
  position_ = next;
  if (!position_holds && marker_.missed_in_a_row >= profile_.flywheel_frames) {
    state_ = State::searching;
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
    emit(out);
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
  const std::uint64_t difference = read_bits(buffer_, in_buffer(position), bits) ^ profile_.marker;
  const auto distance = static_cast<unsigned>(std::popcount(difference));
  return inverted ? bits - distance : distance;
}

bool FrameSync::marker_at(std::uint64_t position, bool inverted, unsigned errors_allowed) const {
  return available(position + marker_bits_) && errors_at(position, inverted) <= errors_allowed;
}

std::optional<FrameSync::Candidate> FrameSync::find(const MarkerSearch& search, std::uint64_t from,
                                                    std::uint64_t to) const {
  if (from >= to) return std::nullopt;
  const auto match = search.find(buffer_, in_buffer(from), in_buffer(to));
  if (!match) return std::nullopt;
  Candidate candidate{base_ * 8 + match->bit, *match, false};
  const unsigned allowed = profile_.marker_errors_check;
  candidate.confirmed =
      marker_at(candidate.position + cadu_bits_, match->inverted, allowed) ||
      (state_ == State::searching && marker_at(candidate.position + 2 * cadu_bits_, match->inverted, allowed));
  return candidate;
}

bool FrameSync::good_enough_alone(const Candidate& candidate) const {
  return marker_bits_ >= kTrustedMarkerBits && candidate.match.errors == 0;
}

// The first that is confirmed by the marker behind it; or one without, if it is good enough alone and its frame ends
// before the confirmed one starts.
std::optional<FrameSync::Candidate> FrameSync::find_true_marker(std::uint64_t from, std::uint64_t to) const {
  std::optional<Candidate> alone;
  while (const auto candidate = find(check_, from, to)) {
    if (candidate->confirmed) {
      const bool room_for_both = alone && alone->position + cadu_bits_ <= candidate->position;
      return room_for_both ? alone : candidate;
    }
    if (!alone && good_enough_alone(*candidate)) alone = candidate;
    from = candidate->position + 1;
  }
  return alone;
}

void FrameSync::lock_at(const Candidate& candidate) {
  state_ = State::locked;
  position_ = candidate.position;
  // Alone, it has not earned a flywheel.
  const unsigned missed = candidate.confirmed ? 0 : profile_.flywheel_frames;
  marker_ = {candidate.match.errors, candidate.match.inverted, false, missed};
}

void FrameSync::emit(FrameBatch& out) {
  const std::uint64_t body = position_ + marker_bits_;
  Frame frame;
  frame.quality.marker_bit_errors = static_cast<std::uint8_t>(marker_.errors);
  frame.quality.flywheel = marker_.flywheel;
  frame.inverted = marker_.inverted;
  frame.input_offset = position_ / 8;
  frame.received_at = received_at(frame.input_offset);
  const std::size_t size = static_cast<std::size_t>((cadu_bits_ - marker_bits_) / 8);
  copy_bits(buffer_, in_buffer(body), marker_.inverted, out.add(frame, size));
  ++losses_.units_in;
  ++losses_.units_out;
  losses_.bytes_out += size;
  book(DropReason::overhead, position_, body, 0);
}

void FrameSync::book(DropReason reason, std::uint64_t from, std::uint64_t to, std::uint64_t units) {
  losses_.drop(reason, units, bytes_starting_before(to) - bytes_starting_before(from));
}

void FrameSync::forget_consumed() {
  const std::size_t consumed = in_buffer(position_) / 8;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(consumed));
  base_ += consumed;
  while (arrivals_.size() > 1 && arrivals_[1].first_byte <= base_) arrivals_.pop_front();
}

UtcTime FrameSync::received_at(std::uint64_t byte) const {
  const auto after = std::find_if(arrivals_.begin(), arrivals_.end(),
                                  [byte](const Arrival& arrival) { return arrival.first_byte > byte; });
  return after == arrivals_.begin() ? UtcTime{} : std::prev(after)->time;
}

}  // namespace dl::link
