// The stretch of input that frame synchronisation can still look at: what earlier pushes left undecided, or the
// caller's bytes themselves, uncopied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "link/packet.h"

namespace dl::link {

// Offsets are bytes from the start of the input. Memory follows what is held, not the length of the input.
class SyncInput {
 public:
  // The next `size_bytes` of the input, which append() or look_at() will bring.
  void arrive(std::size_t size_bytes, UtcTime received_at, StationVerdict station);

  // Copies `bytes` behind those held. The window is all that is held.
  void append(ByteView bytes);

  // The window is `bytes`, which lie at `offset` and stay the caller's; nothing may be held that is not in them.
  void look_at(ByteView bytes, std::uint64_t offset);

  // Nothing before `offset` is needed any more. What is left of the window is held: the caller's bytes may go.
  void keep_from(std::uint64_t offset);

  // The input goes on `size_bytes` further; nothing is held.
  void skip(std::uint64_t size_bytes);

  [[nodiscard]] ByteView window() const { return window_; }
  [[nodiscard]] std::uint64_t begin() const { return begin_; }
  [[nodiscard]] std::uint64_t end() const { return begin_ + window_.size(); }

  struct Stamp {
    UtcTime received_at{};                          // of the first byte
    StationVerdict station = StationVerdict::none;  // erred if it was for any byte, good if it was for all
  };
  // Of the bytes from `first` to `last`, both included and not yet given up.
  [[nodiscard]] Stamp stamp(std::uint64_t first, std::uint64_t last) const;

 private:
  struct Arrival {
    std::uint64_t offset = 0;
    UtcTime received_at{};
    StationVerdict station = StationVerdict::none;
  };

  ByteView window_;
  std::uint64_t begin_ = 0;

  Bytes held_;  // used from held_begin_ to held_end_
  std::size_t held_begin_ = 0;
  std::size_t held_end_ = 0;

  std::uint64_t arrived_ = 0;
  std::vector<Arrival> arrivals_;  // from first_arrival_ on
  std::size_t first_arrival_ = 0;
};

}  // namespace dl::link
