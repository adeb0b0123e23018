#include "daemon/ingest/dial/sp_protocol.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dl::daemon {
namespace {

// 00 "SP" version 0, endpoint type, reserved.
constexpr std::array<Byte, 8> kSubscriber = {0x00, 0x53, 0x50, 0x00, 0x00, 0x21, 0x00, 0x00};
constexpr std::array<Byte, 8> kPublisher = {0x00, 0x53, 0x50, 0x00, 0x00, 0x20, 0x00, 0x00};

std::uint64_t big_endian(const std::array<Byte, 8>& bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

ByteView SpProtocol::greeting() const {
  return kSubscriber;
}

Result<void> SpProtocol::push(ByteView bytes, const Take& take) {
  while (!bytes.empty() || (in_message_ && message_bytes_ == 0)) {
    if (in_message_) {
      read_body(bytes, take);
    } else {
      DL_CHECK(read_header(bytes));
    }
  }
  return {};
}

Result<void> SpProtocol::read_header(ByteView& bytes) {
  const std::size_t count = std::min(bytes.size(), header_.size() - header_bytes_);
  std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
  header_bytes_ += count;
  bytes = bytes.subspan(count);
  if (header_bytes_ < header_.size()) return {};
  header_bytes_ = 0;
  if (!greeted_) {
    if (header_ != kPublisher) {
      return fail(ErrorKind::corrupt, fmt::format("expected the greeting of an SP publisher ({:02x}), found {:02x}",
                                                  fmt::join(kPublisher, " "), fmt::join(header_, " ")));
    }
    greeted_ = true;
    return {};
  }
  message_bytes_ = big_endian(header_);
  if (message_bytes_ > kMostMessageBytes) {
    return fail(ErrorKind::corrupt, fmt::format("expected a message of at most {} bytes, found the length {}",
                                                kMostMessageBytes, message_bytes_));
  }
  in_message_ = true;
  return {};
}

void SpProtocol::read_body(ByteView& bytes, const Take& take) {
  const std::size_t missing = static_cast<std::size_t>(message_bytes_) - body_.size();
  if (bytes.size() < missing) {
    body_.insert(body_.end(), bytes.begin(), bytes.end());
    bytes = {};
    return;
  }
  const ByteView rest = bytes.first(missing);
  bytes = bytes.subspan(missing);
  in_message_ = false;
  if (body_.empty()) return take_message(rest, take);
  body_.insert(body_.end(), rest.begin(), rest.end());
  take_message(body_, take);
  body_.clear();
}

void SpProtocol::take_message(ByteView body, const Take& take) const {
  if (body.size() < strip_bytes_ || !unit_.fits(body.subspan(strip_bytes_))) {
    return take({}, {.wrong_size_messages = 1, .wrong_size_bytes = body.size()});
  }
  const ByteView unit = body.subspan(strip_bytes_);
  take(unit, {.messages = 1, .gaps_told = gaps_ ? gaps_->frames_missing_before(unit) : 0});
}

IntakeCounters SpProtocol::end() {
  const std::size_t begun = in_message_ ? body_.size() : 0;
  return begun == 0 ? IntakeCounters{} : IntakeCounters{.wrong_size_messages = 1, .wrong_size_bytes = begun};
}

}  // namespace dl::daemon
