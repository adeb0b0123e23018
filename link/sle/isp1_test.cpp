#include "link/sle/isp1.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl::link::sle {
namespace {

Bytes stream() {
  Bytes bytes;
  append_context_message({25, 5}, bytes);
  append_pdu_message(as_bytes("first"), bytes);
  append_heartbeat_message(bytes);
  append_pdu_message(Bytes(70'000, 7), bytes);
  return bytes;
}

// What comes out when the stream is pushed in pieces of `step` bytes.
std::vector<std::string> messages_of(ByteView bytes, std::size_t step) {
  MessageReader reader;
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.push(bytes.subspan(at, std::min(step, bytes.size() - at)));
    for (;;) {
      const auto message = reader.next();
      if (!message) return {message.error().message};
      if (!*message) break;
      messages.push_back(std::to_string(static_cast<int>((*message)->type)) + sha256_hex((*message)->body));
    }
  }
  EXPECT_EQ(reader.pending_bytes(), 0U);
  return messages;
}

TEST(Isp1, WritesTheMessagesOfTheStandard) {
  Bytes bytes;
  append_context_message({25, 5}, bytes);
  EXPECT_EQ(to_hex(bytes), "020000000000000c495350310000000100190005");
  bytes.clear();
  append_heartbeat_message(bytes);
  EXPECT_EQ(to_hex(bytes), "0300000000000000");
  bytes.clear();
  append_pdu_message(as_bytes("AB"), bytes);
  EXPECT_EQ(to_hex(bytes), "01000000000000024142");
}

TEST(Isp1, GivesTheSameMessagesHoweverTheStreamIsCut) {
  const Bytes bytes = stream();
  const auto whole = messages_of(bytes, bytes.size());
  ASSERT_EQ(whole.size(), 4U);
  for (const std::size_t step : {1, 2, 7, 8, 9, 20, 1000, 65536}) EXPECT_EQ(messages_of(bytes, step), whole) << step;
}

TEST(Isp1, ReadsTheContext) {
  Bytes bytes;
  append_context_message({600, 3}, bytes);
  const auto context = parse_context(ByteView(bytes).subspan(kMessageHeaderBytes));
  ASSERT_TRUE(context);
  EXPECT_EQ(*context, (TransportContext{600, 3}));
  bytes[kMessageHeaderBytes + 7] = 2;
  EXPECT_EQ(parse_context(ByteView(bytes).subspan(kMessageHeaderBytes)).error().kind, ErrorKind::unsupported);
}

TEST(Isp1, RefusesWhatIsNoMessageBeforeItsBodyComes) {
  const auto refused = [](const Bytes& header) {
    MessageReader reader(1 << 20);
    reader.push(header);
    const auto message = reader.next();
    return !message && message.error().kind == ErrorKind::corrupt;
  };
  EXPECT_TRUE(refused({4, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 0, 0x10, 0, 1}));  // one byte over the limit
  EXPECT_FALSE(refused({1, 0, 0, 0, 0, 0x10, 0, 0}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(refused({1, 1, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(refused({2, 0, 0, 0, 0, 0, 0, 13}));
  EXPECT_TRUE(refused({3, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(refused({'H', 'T', 'T', 'P', '/', '1', '.', '1'}));
}

}  // namespace
}  // namespace dl::link::sle
