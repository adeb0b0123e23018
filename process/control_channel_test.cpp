#include "process/control_channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace dl::process {
namespace {

class ControlChannelTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void say(const std::string& text) { ASSERT_EQ(::send(ends_[1], text.data(), text.size(), 0), std::ssize(text)); }
  std::string hear() {
    char buffer[4096];
    const ssize_t count = ::recv(ends_[1], buffer, sizeof buffer, MSG_DONTWAIT);
    return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : "";
  }
  int ends_[2] = {-1, -1};
};

TEST_F(ControlChannelTest, ReadsMessagesThatArriveInPiecesAndPassesOverUnknownTypes) {
  ControlChannel channel(ends_[0]);
  say("{\"type\":\"news\"}\n{\"type\":\"start\",\"skip\":[\"a\",\"b\"],\"quarantine\":[{\"offset\":5,\"size\":7}]}\n{"
      "\"type\":\"reco");
  const auto start = channel.receive(1000).value();
  ASSERT_TRUE(start);
  EXPECT_EQ(start->type, ControlMessage::Type::start);
  EXPECT_EQ(start->skip, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(start->quarantine.at(0).size, 7U);
  EXPECT_FALSE(channel.receive(0).value());
  say("rded\",\"bytes\":12}\n");
  EXPECT_EQ(channel.receive(1000).value()->bytes, 12U);
}

TEST_F(ControlChannelTest, ReceptionsAreNumberedAndEachHasItsQuarantine) {
  ControlChannel channel(ends_[0]);
  say("{\"type\":\"start\",\"form\":\"frames\",\"receptions\":[{\"folder\":\"b\",\"form\":\"bits\","
      "\"quarantine\":[{\"offset\":1,\"size\":2}]},{\"folder\":\"c\",\"form\":\"\"}],\"stop_at_gap\":true}\n"
      "{\"type\":\"recorded\",\"bytes\":7,\"reception\":2}\n{\"type\":\"end\",\"bytes\":8}\n"
      "{\"type\":\"gap\",\"bytes\":9}\n");
  const auto start = channel.receive(1000).value();
  ASSERT_TRUE(start);
  EXPECT_EQ(start->form, "frames");
  ASSERT_EQ(start->receptions.size(), 2U);
  EXPECT_EQ(start->receptions[0].folder, "b");
  EXPECT_EQ(start->receptions[0].form, "bits");
  EXPECT_EQ(start->receptions[0].quarantine.at(0).size, 2U);
  EXPECT_TRUE(start->receptions[1].quarantine.empty());
  EXPECT_TRUE(start->stop_at_gap);
  EXPECT_FALSE(start->complete);
  EXPECT_EQ(channel.receive(1000).value()->reception, 2U);
  const auto end = channel.receive(1000).value();
  EXPECT_EQ(end->type, ControlMessage::Type::end);
  EXPECT_EQ(end->reception, 0U);
  const auto gap = channel.receive(1000).value();
  EXPECT_EQ(gap->type, ControlMessage::Type::gap);
  EXPECT_EQ(gap->bytes, 9U);
}

TEST_F(ControlChannelTest, ClosedEndIsCancelledAndGarbageIsCorrupt) {
  ControlChannel channel(ends_[0]);
  say("hello\n");
  EXPECT_EQ(channel.receive(1000).error().kind, ErrorKind::corrupt);
  ::close(ends_[1]);
  ends_[1] = -1;
  EXPECT_EQ(channel.receive(1000).error().kind, ErrorKind::cancelled);
  EXPECT_EQ(channel.send_scene("x").error().kind, ErrorKind::cancelled);
}

TEST_F(ControlChannelTest, WritesOneLinePerMessage) {
  ControlChannel channel(ends_[0]);
  ASSERT_TRUE(channel.send_scene("metop-b_avhrr-3_20260512T120000Z"));
  EXPECT_EQ(hear(), "{\"id\":\"metop-b_avhrr-3_20260512T120000Z\",\"type\":\"scene\"}\n");
  ASSERT_TRUE(channel.send_gap());
  EXPECT_EQ(hear(), "{\"type\":\"gap\"}\n");
  Progress progress;
  progress.reception = 2;
  progress.offset = 77;
  ASSERT_TRUE(channel.send_progress(progress));
  const std::string said = hear();
  EXPECT_NE(said.find("\"reception\":2"), std::string::npos) << said;
  EXPECT_NE(said.find("\"offset\":77"), std::string::npos) << said;
  ASSERT_TRUE(channel.send_report("{\"a\":1}"));
  EXPECT_EQ(hear(), "{\"type\":\"report\",\"report\":{\"a\":1}}\n");
}

}  // namespace
}  // namespace dl::process
