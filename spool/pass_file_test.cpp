#include "spool/pass_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

Pass make_pass() {
  Pass pass;
  pass.id = "20260512T115203Z-antenna1";
  pass.source = "antenna1";
  pass.spacecraft = "metop-b";
  pass.station = "svalbard \"north\"";
  pass.started_at = test_start() + Microseconds(250000);
  return pass;
}

TEST(PassFile, PassInProgressComesBackAsReceiving) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_pass_file(folder.path(), make_pass()));
  const Pass read = read_pass_file(folder.path()).value();
  EXPECT_EQ(read.id, make_pass().id);
  EXPECT_EQ(read.source, "antenna1");
  EXPECT_EQ(read.spacecraft, "metop-b");
  EXPECT_EQ(read.station, make_pass().station);
  EXPECT_EQ(read.started_at, make_pass().started_at);
  EXPECT_EQ(read.state, PassState::receiving);
  EXPECT_FALSE(read.ended_at.has_value());
}

TEST(PassFile, TheCalibrationThatAPassWasBegunWithIsKept) {
  const TemporaryFolder folder;
  Pass pass = make_pass();
  pass.table_set = std::string(64, 'a');
  ASSERT_TRUE(write_pass_file(folder.path(), pass));
  EXPECT_EQ(read_pass_file(folder.path()).value().table_set, pass.table_set);
}

TEST(PassFile, WhatHappenedBeforeTheRecordingIsKept) {
  const TemporaryFolder folder;
  Pass pass = make_pass();
  pass.intake = {.messages = 79'394, .dropped_by_kernel = 17, .protocol_errors = 1};
  ASSERT_TRUE(write_pass_file(folder.path(), pass));
  EXPECT_EQ(read_pass_file(folder.path()).value().intake, pass.intake);
}

TEST(PassFile, EndedPassKeepsWhenAndWhy) {
  const TemporaryFolder folder;
  Pass pass = make_pass();
  ASSERT_TRUE(write_pass_file(folder.path(), pass));
  pass.ended_at = pass.started_at + Seconds(700);
  pass.end_reason = "idle";
  ASSERT_TRUE(write_pass_file(folder.path(), pass));
  const Pass read = read_pass_file(folder.path()).value();
  EXPECT_EQ(read.state, PassState::ended);
  EXPECT_EQ(read.ended_at, pass.ended_at);
  EXPECT_EQ(read.end_reason, "idle");
}

TEST(PassFile, NameThatIsNoUtf8StillMakesAFile) {
  const TemporaryFolder folder;
  Pass pass = make_pass();
  pass.station = "st\xff";
  ASSERT_TRUE(write_pass_file(folder.path(), pass));
  EXPECT_TRUE(read_pass_file(folder.path()));
}

TEST(PassFile, RefusesWhatIsNoPass) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_pass_file(folder.path()).error().kind, ErrorKind::io);
  for (const char* text : {"", "{}", "[]", R"({"format":"downlinkd.pass/2"})",
                           R"({"format":"downlinkd.pass/1","id":"a","source":"","spacecraft":"","station":"",)"
                           R"("started_at":"yesterday","ended_at":null,"end_reason":""})"}) {
    ASSERT_TRUE(write_file_durably(folder / "pass.json", as_bytes(text)));
    EXPECT_EQ(read_pass_file(folder.path()).error().kind, ErrorKind::corrupt) << text;
    EXPECT_THAT(read_pass_file(folder.path()).error().message, HasSubstr("pass.json"));
  }
}

}  // namespace
}  // namespace dl::spool
