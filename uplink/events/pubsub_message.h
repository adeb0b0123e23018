// A message as Pub/Sub takes it. Its limits are checked by us: the emulator takes anything, and one bad message must
// not hold up the others.
// Sources: Google's pages "Quotas and limits" and "Publish messages to topics" (attributes), the API reference
// (PubsubMessage, PublishRequest), constants of the Go client; collected as the "uplink" facts, section 1.6.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"
#include "spool/journal.h"

namespace dl::uplink {

inline constexpr std::size_t kMostAttributes = 100;
inline constexpr std::size_t kLongestAttributeKeyBytes = 256;
inline constexpr std::size_t kLongestAttributeValueBytes = 1024;
inline constexpr std::size_t kLongestOrderingKeyBytes = 1024;
// Of the body that we send. Google counts the message before base64 and so would take some that we do not.
inline constexpr std::size_t kLargestRequestBytes = 10'000'000;
inline constexpr std::size_t kMostMessagesPerRequest = 1000;

// {"messages":[<message>,<message>]}
inline constexpr std::size_t kRequestEnvelopeBytes = 15;

// The event's message as JSON text: attributes, data in base64, orderingKey; what is empty is left out. Kind corrupt
// when the attributes are not a flat object of strings.
Result<std::string> pubsub_message(const spool::Announcement& event);

// Length of that text, without making it; 0 when it cannot be made.
std::size_t pubsub_message_bytes(const spool::Announcement& event);

// Kind permanent, with the limit that is broken; corrupt as above. An event without data and attributes is broken too,
// and so is a key that begins with "goog": Pub/Sub keeps those for itself.
Result<void> check_pubsub_limits(const spool::Announcement& event);

}  // namespace dl::uplink
