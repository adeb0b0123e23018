// One unit of what a station hands over: a CADU, a codeblock, a frame, a packet.
#pragma once

#include <cstddef>

#include "core/bytes.h"
#include "link/profile.h"

namespace dl::daemon {

// Knows where units end, so that a message of a wrong size, or a connection that breaks within a unit, does not shift
// what comes after it.
class Unit {
 public:
  // `size_bytes` 0: units have no length that is known here, bytes are taken as they come.
  Unit(link::InputForm form, std::size_t size_bytes) : form_(form), size_bytes_(size_bytes) {}

  // Of messages in this form of the downlink.
  static Unit of(const link::Profile& profile, link::InputForm form);
  // Of a stream of bytes in this form: bits can begin anywhere.
  static Unit of_stream(const link::Profile& profile, link::InputForm form);

  // Whether units can begin anywhere: a stream of bits, or soft symbols.
  [[nodiscard]] bool is_stream() const { return size_bytes_ == 0 && form_ != link::InputForm::packets; }
  // Of a unit; 0 where they differ, or where there are none.
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }

  // Whether `message` is one unit (packets: one or more), nothing before or behind it.
  [[nodiscard]] bool fits(ByteView message) const;

  // Bytes of the whole units at the start of `bytes`, which begins with a unit.
  [[nodiscard]] std::size_t whole_bytes(ByteView bytes) const;
  // The longest that a unit can be.
  [[nodiscard]] std::size_t longest_bytes() const;

 private:
  link::InputForm form_;
  std::size_t size_bytes_;
};

}  // namespace dl::daemon
