// Cuts a bit stream into codeblocks at its attached sync markers (CCSDS 131.0-B section 9).
//
// States, with the bit errors that a marker may have in each (link/profile.h):
//   search    any bit position, upright or inverted, `marker_errors_search`
//   check     the candidate's next marker, or the one after it, is there with `marker_errors_check`; a candidate that
//             has no follower counts too if it is exact, 32 bits or more, and no better one starts inside its frame.
//             Up to three frames before it are taken too if their markers are where they must be.
//   lock      the next marker is where it must be, with `marker_errors_lock`; or it is there upside down, or up to
//             `slip_bits` early or late, with `marker_errors_check`
//   flywheel  it is not: look for the true marker before and behind that place, at every bit position and in either
//             polarity. Found earlier: the frame was cut short and is dropped, the next one is not. Found later: the
//             frame is kept and the bits between are dropped. Not found: the position is kept, `flywheel_frames` times.
//
// A slip of the bit clock by up to `slip_bits` leaves a frame whose bits are shifted from somewhere on. Where a code or
// a frame error control judges the frames it is kept: what is behind the slip may be less than the code corrects. Where
// nothing judges them it is dropped. Its bits are counted from its own marker; if that was damaged, from the next one,
// as is its polarity: a slip or a turn inside a marker costs no frame.
//
// A false marker in noise (2^-31 a bit for an exact one of 32 bits) yields a frame that Reed-Solomon or the header
// check refuses; here only the bytes must add up.
//
// Input without markers is cut into units from its start, or from where a skipped stretch ends.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/frame.h"
#include "link/profile.h"
#include "link/sync/marker_search.h"
#include "link/sync/sync_counts.h"
#include "link/sync/sync_input.h"

namespace dl::link {

// How the input is cut into pushes changes when frames come out, never which. Holds at most seven frames of input.
class FrameSync {
 public:
  explicit FrameSync(const Profile& profile);

  // `received_at` and `station` hold for all of `bytes`; a frame of which any byte was erred is erred, one of which all
  // were good is good. A frame comes out once the marker behind it has been seen, in trouble up to two frames later.
  void push(ByteView bytes, UtcTime received_at, FrameBatch& out, StationVerdict station = StationVerdict::none);

  // The input has ended: a last frame that is complete comes out. Afterwards a new input may begin.
  void flush(FrameBatch& out);

  // The next `size_bytes` of the input are stepped over unread, and booked under `reason`: quarantined, or
  // torn_recording where there are no bytes. Implies flush().
  void skip(std::uint64_t size_bytes, DropReason reason, FrameBatch& out);

  // Units are frame beginnings. Dropped: overhead (markers), no_sync, slip, truncated_tail, and what was skipped. A
  // byte belongs to whatever holds its first bit. What comes out is counted in whole bytes: where a frame's bits do not
  // fill its last one, the marker's overhead is that much less.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const SyncCounts& counts() const { return counts_; }

  // Always where there are no markers.
  [[nodiscard]] bool locked() const { return state_ != State::searching; }

 private:
  enum class State { searching, locked, unmarked };

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

  [[nodiscard]] static State state_at_start(const Profile& profile);

  // Decides what the window allows.
  void run(bool at_end, FrameBatch& out);
  // One decision; false when it needs more input (or, at the end, when nothing is left).
  bool step(bool at_end, FrameBatch& out);
  bool step_unmarked(bool at_end, FrameBatch& out);
  bool step_searching(bool at_end);
  bool step_locked(bool at_end, FrameBatch& out);
  bool step_marker_missing(bool at_end, FrameBatch& out);
  void step_tail(FrameBatch& out);

  // Positions are bits from the start of the input.
  [[nodiscard]] std::uint64_t end() const { return input_.end() * 8; }
  [[nodiscard]] bool available(std::uint64_t to) const { return to <= end(); }
  [[nodiscard]] std::size_t in_window(std::uint64_t position) const {
    return static_cast<std::size_t>(position - input_.begin() * 8);
  }
  [[nodiscard]] unsigned errors_at(std::uint64_t position, bool inverted) const;
  [[nodiscard]] bool marker_at(std::uint64_t position, bool inverted, unsigned errors_allowed) const;
  [[nodiscard]] std::optional<Candidate> find(const MarkerSearch& search, std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] std::optional<Candidate> find_true_marker(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] std::optional<Candidate> find_near(std::uint64_t place) const;
  [[nodiscard]] bool good_enough_alone(const Candidate& candidate) const;

  void pass_over(std::uint64_t to);
  void lock_at(const Candidate& candidate);
  void lock_from_search(const Candidate& candidate);
  void lose_lock();
  void go_on_at(const Candidate& candidate, FrameBatch& out);
  void emit(std::uint64_t hung_at, std::uint64_t until, FrameBatch& out);
  void book(DropReason reason, std::uint64_t from, std::uint64_t to, std::uint64_t units);

  Profile profile_;
  std::uint64_t cadu_bits_;
  std::uint64_t marker_bits_;
  bool judged_;                         // by a code or a frame error control
  bool trusted_;                        // the marker is long enough to be believed without a second one
  std::optional<MarkerSearch> search_;  // in state search
  std::optional<MarkerSearch> check_;   // around a missing marker

  State state_;
  std::uint64_t position_ = 0;        // all before it is booked; in lock, where the current frame's marker starts
  std::uint64_t searched_ = 0;        // searching: no marker starts before it
  std::uint64_t unconfirmed_to_ = 0;  // in lock: from position_ to here no marker has one a frame behind it
  Marker marker_;
  std::uint64_t lock_frames_ = 0;  // of this lock

  SyncInput input_;
  LossLedger losses_;
  SyncCounts counts_;
};

}  // namespace dl::link
