// Units out of a stream of bytes that is cut anywhere.
#pragma once

#include <algorithm>
#include <utility>

#include "daemon/ingest/unit.h"

namespace dl::daemon {

// Holds back the begun unit at the end of what came: after a break the next connection begins with a new one, and half
// a unit in a recording would shift all that follow.
class UnitStream {
 public:
  explicit UnitStream(Unit unit) : unit_(unit) {}

  // take(ByteView) is called with whole units, at most twice.
  template <class Take>
  void push(ByteView bytes, Take take) {
    if (!begun_.empty()) complete_begun(bytes, take);
    const std::size_t whole = unit_.whole_bytes(bytes);
    if (whole > 0) take(bytes.first(whole));
    begun_.insert(begun_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  }

  // The connection is over: how many bytes of a begun unit are dropped.
  [[nodiscard]] std::size_t cut() { return std::exchange(begun_, {}).size(); }

 private:
  // Takes from the front of `bytes` what the begun unit lacks; all of it when that is not enough.
  template <class Take>
  void complete_begun(ByteView& bytes, Take& take) {
    const std::size_t before = begun_.size();
    const std::size_t most = std::min(bytes.size(), unit_.longest_bytes());
    begun_.insert(begun_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(most));
    const std::size_t whole = unit_.whole_bytes(begun_);
    if (whole == 0) {
      bytes = bytes.subspan(most);
      return;
    }
    take(ByteView(begun_).first(whole));
    begun_.clear();
    bytes = bytes.subspan(whole - before);
  }

  Unit unit_;
  Bytes begun_;  // shorter than a unit
};

}  // namespace dl::daemon
