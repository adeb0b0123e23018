// Cuts a bit stream into codeblocks at its attached sync markers (CCSDS 131.0-B section 9).
//
// States, with the bit errors that a marker may have in each (link/profile.h):
//   search    any bit position, upright or inverted, `marker_errors_search`
//   check     the candidate's next marker, or the one after it, is there with `marker_errors_check`; a candidate that
//             has no follower counts too if it is exact, 32 bits or more, and no better one starts inside its frame
//   lock      the next marker is where it must be, with `marker_errors_lock`
//   flywheel  it is not: look for the true marker before and behind that place, at every bit position and in either
//             polarity. Found earlier: the frame was cut short and is dropped, the next one is not. Found later: the
//             frame is kept and the bits between are dropped. Not found: the position is kept, `flywheel_frames` times.
//
// A false marker in noise (2^-31 a bit for an exact one of 32 bits) yields a frame that Reed-Solomon or the header
// check refuses; here only the bytes must add up.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/frame.h"
#include "link/sync/marker_search.h"
#include "link/profile.h"

namespace dl::link {

// How the input is cut into pushes changes when frames come out, never which. Holds at most four frames of input.
class FrameSync {
 public:
  explicit FrameSync(const Profile& profile);

  // `received_at` holds for all of `bytes`. A frame comes out once the marker behind it has been seen, in trouble up to
  // two frames later.
  void push(ByteView bytes, UtcTime received_at, FrameBatch& out);

  // The input has ended: a last frame that is complete comes out. Afterwards a new input may begin.
  void flush(FrameBatch& out);

  // The next `size_bytes` of the input are stepped over unread, and booked under `reason`: quarantined, or
  // torn_recording where there are no bytes. Implies flush().
  void skip(std::uint64_t size_bytes, DropReason reason, FrameBatch& out);

  // Units are frame beginnings. Dropped: overhead (markers), no_sync, slip, truncated_tail, and what was skipped. A
  // byte belongs to whatever holds its first bit.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }

  [[nodiscard]] bool locked() const { return state_ == State::locked; }

 private:
  enum class State { searching, locked };

  // The marker that the frame at position_ hangs on.
  struct Marker {
    unsigned errors = 0;
    bool inverted = false;
    bool flywheel = false;
    unsigned missed_in_a_row = 0;
  };

  struct Candidate {
    std::uint64_t position = 0;
    MarkerSearch::Match match;
    bool confirmed = false;
  };

  // One decision; false when it needs more input (or, at the end, when nothing is left).
  bool step(bool at_end, FrameBatch& out);
  bool step_searching(bool at_end);
  bool step_locked(bool at_end, FrameBatch& out);
  bool step_marker_missing(bool at_end, FrameBatch& out);
  void step_tail(FrameBatch& out);

  // Positions are bits from the start of the input.
  [[nodiscard]] std::uint64_t end() const { return (base_ + buffer_.size()) * 8; }
  [[nodiscard]] bool available(std::uint64_t to) const { return to <= end(); }
  [[nodiscard]] std::size_t in_buffer(std::uint64_t position) const {
    return static_cast<std::size_t>(position - base_ * 8);
  }
  [[nodiscard]] unsigned errors_at(std::uint64_t position, bool inverted) const;
  [[nodiscard]] bool marker_at(std::uint64_t position, bool inverted, unsigned errors_allowed) const;
  [[nodiscard]] std::optional<Candidate> find(const MarkerSearch& search, std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] std::optional<Candidate> find_true_marker(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] bool good_enough_alone(const Candidate& candidate) const;

  void lock_at(const Candidate& candidate);
  void emit(FrameBatch& out);
  void book(DropReason reason, std::uint64_t from, std::uint64_t to, std::uint64_t units);
  void forget_consumed();
  [[nodiscard]] UtcTime received_at(std::uint64_t byte) const;

  Profile profile_;
  std::uint64_t cadu_bits_;
  std::uint64_t marker_bits_;
  MarkerSearch search_;  // in state search
  MarkerSearch check_;   // around a missing marker

  State state_ = State::searching;
  std::uint64_t position_ = 0;  // all before it is booked; in lock, where the current frame's marker starts
  Marker marker_;

  Bytes buffer_;
  std::uint64_t base_ = 0;  // of buffer_[0], bytes from the start of the input
  struct Arrival {
    std::uint64_t first_byte = 0;
    UtcTime time{};
  };
  std::deque<Arrival> arrivals_;
  LossLedger losses_;
};

}  // namespace dl::link
