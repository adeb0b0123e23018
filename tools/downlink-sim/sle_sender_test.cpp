#include "tools/downlink-sim/sle_sender.h"

#include <gtest/gtest.h>

namespace dl::sim {
namespace {

TEST(SleSender, EveryNameSetsWhatItSays) {
  const auto parsed = parse_sle(
      "name=NET,user=US,instance=sagr=1.raf=onlc1,password=p,user-password=q,authentication=bind,hash=sha1,"
      "frames-per-buffer=3,timely-buffer=4096,interval=250,users=2,time=2026-05-12T12:00:00Z,abort=1,cut=2,garbage=3,"
      "silence=4,"
      "loss-of-sync=5,resend=6,erred=3;17,lost=4,refuse-bind=8,refuse-start=2,wrong-credentials=1,silent-bind=1");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const SleProviderOptions& provider = parsed->provider;
  EXPECT_EQ(provider.name, "NET");
  EXPECT_EQ(provider.user, "US");
  EXPECT_EQ(provider.service_instance, "sagr=1.raf=onlc1") << "a value may have '=' in it";
  EXPECT_EQ(provider.password, Bytes{'p'});
  EXPECT_EQ(provider.user_password, Bytes{'q'});
  EXPECT_EQ(provider.authentication, link::sle::Authentication::bind);
  EXPECT_EQ(provider.hash, link::sle::Hash::sha1);
  EXPECT_EQ(provider.frames_per_buffer, 3U);
  EXPECT_EQ(provider.timely_buffer_bytes, 4096U);
  EXPECT_EQ(parsed->interval_us, 250U);
  EXPECT_EQ(parsed->users, 2U);
  EXPECT_EQ(parsed->time, parse_utc("2026-05-12T12:00:00Z").value());
  EXPECT_EQ(provider.faults.abort_after_frames, 1U);
  EXPECT_EQ(provider.faults.cut_after_frames, 2U);
  EXPECT_EQ(provider.faults.garbage_after_frames, 3U);
  EXPECT_EQ(provider.faults.silence_after_frames, 4U);
  EXPECT_EQ(provider.faults.loss_of_sync_after_frames, 5U);
  EXPECT_EQ(provider.faults.resend_frames, 6U);
  EXPECT_EQ(provider.faults.erred_frames, (std::set<std::size_t>{3, 17}));
  EXPECT_EQ(provider.faults.lost_online, (std::set<std::size_t>{4}));
  EXPECT_EQ(provider.faults.refuse_bind, 8);
  EXPECT_EQ(provider.faults.refuse_start, 2);
  EXPECT_TRUE(provider.faults.wrong_credentials);
  EXPECT_TRUE(provider.faults.silent_on_bind);
}

TEST(SleSender, NothingSaidIsAProviderWithoutFaults) {
  const auto parsed = parse_sle("");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->users, 1U);
  EXPECT_EQ(parsed->provider.authentication, link::sle::Authentication::none);
  EXPECT_TRUE(parsed->provider.faults.lost_online.empty());
}

TEST(SleSender, WhatCannotBeIsRefusedByName) {
  const auto refused = [](const std::string& text) {
    const auto parsed = parse_sle(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error().message;
  };
  EXPECT_EQ(refused("abort"), "expected NAME=VALUE, found 'abort'");
  EXPECT_EQ(refused("abrot=3"), "an SLE provider has no 'abrot'");
  EXPECT_EQ(refused("abort=x"), "expected a number for 'abort', found 'x'");
  EXPECT_EQ(refused("abort=-1"), "expected a number for 'abort', found '-1'");
  EXPECT_EQ(refused("refuse-bind=256"), "expected a number for 'refuse-bind', found '256'");
  EXPECT_EQ(refused("lost=3;x"), "expected a number for 'lost', found 'x'");
  EXPECT_EQ(refused("authentication=maybe"), "expected none, bind or all, found 'maybe'");
  EXPECT_EQ(refused("hash=md5"), "expected sha1 or sha256, found 'md5'");
  refused("time=noon");
}

TEST(SleSender, ProviderThatNobodyAsksEndsWithAFailureThatSaysSo) {
  SendOptions options;
  options.close_timeout_ms = 50;
  options.unit_bytes = 8;
  const Bytes bytes(64);
  const auto sent = serve_sle(bytes, {"sle", "127.0.0.1", "0", ""}, options);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::transient);
  EXPECT_NE(sent.error().message.find("no user asked for anything"), std::string::npos);
}

TEST(SleSender, PortThatIsNoneIsRefused) {
  const auto sent = serve_sle({}, {"sle", "127.0.0.1", "http", ""}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::sim
