#include "daemon/ingest/cortex/cortex_protocol.h"

#include <gtest/gtest.h>

namespace dl::daemon {
namespace {

constexpr std::uint32_t kDay = 86400;

CortexLayout layout() {
  CortexLayout layout;
  layout.sync_word = {0x1A, 0xCF, 0xFC, 0x1D};
  layout.frame_bytes = 16;
  layout.has_status = false;
  return layout;
}

void append_block(Bytes& out, const CortexTimeTag& tag) {
  append_u32(out, 0x1ACFFC1D);
  out.resize(out.size() + 12, 0x42);
  append_u32(out, tag.seconds);
  append_u32(out, tag.microseconds);
}

// As a source uses it.
struct Received {
  CortexProtocol protocol{config::Cortex{}, layout()};
  UtcTime now{};
  std::vector<std::string> times;
  IntakeCounters counters;

  void push(ByteView bytes) {
    const auto take = [&](ByteView units, const IntakeCounters& more) {
      if (!units.empty()) times.push_back(format_utc(protocol.received_at(now)));
      counters += more;
    };
    ASSERT_TRUE(protocol.push(bytes, take));
  }
};

TEST(CortexProtocol, FramesOnBothSidesOfNewYearKeepTheirOwnYear) {
  Bytes stream;
  append_block(stream, {365 * kDay - 1, 750'000});
  append_block(stream, {0, 250'000});
  for (const char* now : {"2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"}) {
    Received received;
    received.now = parse_utc(now).value();
    received.push(stream);
    EXPECT_EQ(received.times, (std::vector<std::string>{"2026-12-31T23:59:59.750Z", "2027-01-01T00:00:00.250Z"}))
        << now;
    EXPECT_EQ(received.counters, (IntakeCounters{.messages = 2}));
  }
}

TEST(CortexProtocol, TagThatCannotBeIsCountedAndReplacedByOurClock) {
  Bytes stream;
  append_block(stream, {200 * kDay, 0});
  append_block(stream, {0, 2'000'000});
  Received received;
  received.now = parse_utc("2026-05-12T12:00:00Z").value();
  received.push(stream);
  received.counters += received.protocol.end();
  EXPECT_EQ(received.times, (std::vector<std::string>(2, "2026-05-12T12:00:00Z")));
  EXPECT_EQ(received.counters, (IntakeCounters{.messages = 2, .times_refused = 2}));
}

TEST(CortexProtocol, WhatIsPassedOverAndWhatIsCutIsCounted) {
  Bytes stream;
  append_block(stream, {});
  stream.resize(stream.size() + 10, 0x33);
  append_block(stream, {});
  append_block(stream, {});
  stream.resize(stream.size() - 1);
  Received received;
  received.now = parse_utc("2026-01-01T00:00:00Z").value();
  received.push(stream);
  received.counters += received.protocol.end();
  EXPECT_EQ(
      received.counters,
      (IntakeCounters{.messages = 2, .wrong_size_messages = 1, .wrong_size_bytes = 10 + 23, .protocol_errors = 1}));
}

}  // namespace
}  // namespace dl::daemon
