// Several receptions of one pass, merged frame by frame: the best copy of every frame comes out, once, in the order in
// which they were sent.
//
// Every reception is a part of the same row of frames. Copies of a frame are known by their content, their counter
// being part of it. A frame that stands at the head of one reception comes out when every other one has it at the head
// too, or cannot have it any more: because it has ended, because a later frame is common to both, or because it is past
// it by the virtual channel's counter (24 bits or more; shorter ones come round too often to say). Of frames that may
// go next and are not copies of each other, that of the lower counter goes first, or of the lower virtual channel.
//
// A counter that runs back, for the spacecraft was reset, changes nothing of this where it runs back farther than the
// receptions lost frames there, and where all receptions that have frames of the channel behind that had some before.
// Else the frames on both sides of it may be mixed up.
//
// What is undecided waits, up to a window of bytes for each reception; then the oldest goes. The order of what is named
// first never decides anything.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/frame.h"
#include "link/merge/merge_counts.h"

namespace dl::link {

class FrameMerger {
 public:
  static constexpr std::size_t kWindowBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxInputs = 8;

  // 2 to kMaxInputs receptions.
  explicit FrameMerger(std::size_t inputs, std::size_t window_bytes = kWindowBytes);

  // Takes the frame that is to come out; its bytes live until the next begin().
  using Take = std::function<void(Frame&)>;

  // Lets go of what came out before.
  void begin();
  // The next frame of a reception, with what FrameReceiver made of it. Only good frames are merged, and idle ones that
  // count in the master channel; others are passed over.
  void push(std::size_t input, const Frame& frame, const Take& take);
  // This reception has ended.
  void end(std::size_t input, const Take& take);
  // Puts out what waits and was received before `time`: the other receptions are not to be waited for.
  void release(UtcTime time, const Take& take);

  // Units are frames. In: good frames of all receptions. Dropped: weaker_copy.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const std::vector<MergeCounts>& counts() const { return counts_; }
  // Of one reception, waiting.
  [[nodiscard]] std::size_t waiting_bytes(std::size_t input) const { return inputs_[input].waiting_bytes; }

 private:
  struct Item {
    Frame frame;
    Bytes bytes;
    std::uint64_t key = 0;
    unsigned copies = 0;  // other receptions that have it waiting too, a bit each
    Item* next_of_channel = nullptr;
  };
  // What waits of one virtual channel in one reception, in the order of reception; null: nothing.
  struct Channel {
    Item* first = nullptr;
    Item* last = nullptr;
  };
  using ItemPointer = std::unique_ptr<Item>;
  using Copies = std::array<ItemPointer, kMaxInputs>;  // of one frame, by reception
  struct Input {
    std::deque<ItemPointer> waiting;
    std::size_t waiting_bytes = 0;
    bool ended = false;
    std::array<std::uint64_t, kMaxInputs> shared{};  // waiting frames that the other reception has waiting too
    std::array<Channel, 64> channels{};
    std::optional<std::uint32_t>
        last_breaks;  // breaks_before of the last frame that came out, where it was in this one
  };

  [[nodiscard]] ItemPointer copy_of(const Frame& frame);
  bool drop_late_copy(std::size_t input, const Frame& frame, std::uint64_t key);
  // Of a reception: it may come out next; others have frames that go before it; or that is not known yet.
  enum class Head { may_go, waits_for_others, undecided };

  void run(const Take& take);
  [[nodiscard]] std::optional<std::size_t> next_decided() const;
  [[nodiscard]] std::optional<std::size_t> next_forced() const;
  [[nodiscard]] Head judge_head(std::size_t input) const;
  [[nodiscard]] bool has_earlier(std::size_t other, const Item& head, std::size_t input) const;
  [[nodiscard]] bool is_sent_before(const Item& a, const Item& b) const;
  [[nodiscard]] bool goes_on(const Item& item) const;
  [[nodiscard]] bool is_past(std::size_t other, const Item& item, std::size_t input) const;
  [[nodiscard]] bool goes_before(const Item& a, const Item& b) const;
  void put_out(std::size_t input, const Take& take);
  void count(const Frame& frame, std::size_t best, unsigned had);
  std::uint32_t breaks_at(const Copies& copies);
  void remember(std::uint64_t key, unsigned inputs);
  [[nodiscard]] ItemPointer take_head(std::size_t input);

  std::size_t window_bytes_;
  std::vector<Input> inputs_;
  std::vector<MergeCounts> counts_;
  std::vector<std::unordered_map<std::uint64_t, Item*>> index_;  // of what waits, by reception and key
  std::unordered_map<std::uint64_t, unsigned> put_out_;          // receptions that had it, of the last frames
  std::deque<std::uint64_t> put_out_order_;
  std::array<std::optional<std::uint32_t>, 64> last_out_{};  // counter by virtual channel, of what came the first time
  std::vector<ItemPointer> out_;                             // came out since begin()
  std::vector<ItemPointer> free_;                            // for use again
  std::uint32_t breaks_ = 0;
  LossLedger losses_;
};

}  // namespace dl::link
