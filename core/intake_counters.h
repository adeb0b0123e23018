// What happened to bytes between the station and the recording: what the link's ledger cannot know, since it begins
// with the first recorded byte.
#pragma once

#include <cstdint>

namespace dl {

// Messages are what the protocol hands over at once (datagrams, SP messages, SLE frames, Cortex blocks); byte streams
// have none. Nothing that is counted here as dropped or wrong is in the recording.
struct IntakeCounters {
  std::uint64_t messages = 0;  // taken into the recording
  std::uint64_t wrong_size_messages = 0;
  std::uint64_t wrong_size_bytes = 0;
  std::uint64_t dropped_by_kernel = 0;         // datagrams: the socket's buffer was full
  std::uint64_t dropped_no_room_messages = 0;  // the recording could not keep up, and the protocol cannot wait
  std::uint64_t dropped_no_room_bytes = 0;
  std::uint64_t reconnects = 0;       // connections after the first one
  std::uint64_t protocol_errors = 0;  // of the peer: each costs the connection, or what it came with
  std::uint64_t gaps_told = 0;        // frames that the network or the provider says are missing
  std::uint64_t times_refused = 0;    // times of the station that cannot be: our clock's stands in their place

  IntakeCounters& operator+=(const IntakeCounters& more) {
    messages += more.messages;
    wrong_size_messages += more.wrong_size_messages;
    wrong_size_bytes += more.wrong_size_bytes;
    dropped_by_kernel += more.dropped_by_kernel;
    dropped_no_room_messages += more.dropped_no_room_messages;
    dropped_no_room_bytes += more.dropped_no_room_bytes;
    reconnects += more.reconnects;
    protocol_errors += more.protocol_errors;
    gaps_told += more.gaps_told;
    times_refused += more.times_refused;
    return *this;
  }
  friend bool operator==(const IntakeCounters&, const IntakeCounters&) = default;
};

}  // namespace dl
