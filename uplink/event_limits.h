// What Pub/Sub takes, checked by us: its emulator takes anything, and one bad message must not hold up the others.
// Source: Google's quotas page and Go client constants, as collected for this project ("uplink", section 1.6).
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/error.h"
#include "spool/journal.h"

namespace dl::uplink {

inline constexpr std::size_t kMostAttributes = 100;
inline constexpr std::size_t kLongestAttributeKeyBytes = 256;
inline constexpr std::size_t kLongestAttributeValueBytes = 1024;
inline constexpr std::size_t kLongestOrderingKeyBytes = 1024;
inline constexpr std::size_t kLargestRequestBytes = 10'000'000;
inline constexpr std::size_t kMostMessagesPerRequest = 1000;

using Attributes = std::map<std::string, std::string>;

// Kind corrupt when it is not a flat object of strings.
Result<Attributes> parse_attributes(const std::string& attributes_json);

// What the event adds to a request at most, in bytes.
std::size_t request_bytes(const spool::Announcement& event);

// Kind permanent, with the limit that is broken. An event without data and attributes is broken too, and so is a key
// that begins with "goog": Pub/Sub keeps those for itself.
Result<void> check_event_limits(const spool::Announcement& event);

}  // namespace dl::uplink
