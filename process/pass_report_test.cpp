#include "process/pass_report.h"

#include <gtest/gtest.h>

#include "process/pass_verdict.h"

namespace dl::process {
namespace {

// A pass of ten frames that the link layer took apart without loss, and one instrument that took all two packets.
class PassReportTest : public testing::Test {
 protected:
  PassReportTest() {
    context_.profile.name = "metop-b";
    context_.profile.scid = 11;
    report_.context = &context_;
    report_.options = &options_;
    report_.input_bytes = 10 * 1024;
    stage(report_.link.sync, 10 * 1024, 10 * 1020, 10, 10);
    stage(report_.link.coding, 10 * 1020, 10 * 892, 10, 10);
    stage(report_.link.headers, 10 * 892, 10 * 892, 10, 10);
    link::VirtualChannelReport channel;
    channel.vcid = 9;
    channel.counts.frames = 10;
    stage(channel.frames, 10 * 892, 10 * 892, 10, 10);
    stage(channel.packets, 10 * 892, 5000, 2, 2);
    channel.apids.push_back({link::PacketKind::space, 103, {.packets = 2, .bytes = 5000}});
    report_.link.virtual_channels.push_back(channel);
    InstrumentReport instrument{"avhrr-3", {}, {}};
    stage(instrument.packets, 5000, 5000, 2, 2);
    instrument.lines.units_in = instrument.lines.units_out = 2;
    report_.instruments.push_back(instrument);
  }

  static void stage(LossLedger& ledger, std::uint64_t in, std::uint64_t out, std::uint64_t units_in,
                    std::uint64_t units_out) {
    ledger.bytes_in = in;
    ledger.bytes_out = out;
    ledger.units_in = units_in;
    ledger.units_out = units_out;
    if (in > out) ledger.drop(DropReason::overhead, 0, in - out);
  }

  decoders::PassContext context_;
  scene::SceneOptions options_;
  PassReport report_;
};

TEST_F(PassReportTest, AddsUpWhenEveryStageHandsOnWhatItTook) {
  EXPECT_EQ(imbalances(report_), std::vector<std::string>{});
}

TEST_F(PassReportTest, MissesAByteThatWasNeverRead) {
  report_.input_bytes += 1;
  EXPECT_EQ(imbalances(report_).size(), 1U);
}

TEST_F(PassReportTest, MissesAPacketThatNoInstrumentTook) {
  report_.instruments[0].packets.units_in = report_.instruments[0].packets.units_out = 1;
  ASSERT_EQ(imbalances(report_).size(), 1U);
  EXPECT_NE(imbalances(report_)[0].find("packets of the link"), std::string::npos);
  report_.level0.units_in = 1;
  EXPECT_TRUE(imbalances(report_).empty());
}

TEST_F(PassReportTest, MissesALineThatIsNeitherThereNorMissing) {
  report_.instruments[0].lines.units_in = 3;
  EXPECT_EQ(imbalances(report_).size(), 1U);
  report_.instruments[0].lines.drop(DropReason::missing_line, 1, 0);
  EXPECT_TRUE(imbalances(report_).empty());
}

TEST_F(PassReportTest, JsonSaysWhetherItIsBalanced) {
  EXPECT_NE(pass_report_json(report_).find("\"balanced\":true"), std::string::npos);
  report_.input_bytes += 1;
  EXPECT_NE(pass_report_json(report_).find("\"balanced\":false"), std::string::npos);
}

TEST_F(PassReportTest, AnOrdinaryPassNeedsNoWord) {
  EXPECT_TRUE(judge(report_).empty());
}

class VerdictTest : public PassReportTest {
 protected:
  // Nothing is left after the stage that `reason` belongs to.
  void lose_all(LossLedger& ledger, DropReason reason) {
    ledger.units_out = 0;
    ledger.drop(reason, 10, 0);
    report_.link.virtual_channels.clear();
  }
  std::string kind() { return judge(report_).empty() ? "" : judge(report_)[0].kind; }
};

TEST_F(VerdictTest, ForeignFramesAreAnotherSpacecraft) {
  lose_all(report_.link.headers, DropReason::frame_scid);
  EXPECT_EQ(kind(), "wrong_spacecraft");
  EXPECT_NE(judge(report_)[0].message.find("spacecraft id 11"), std::string::npos);
}

TEST_F(VerdictTest, FramesThatCannotBeCorrectedAreSignalOrCode) {
  lose_all(report_.link.coding, DropReason::rs_uncorrectable);
  EXPECT_EQ(kind(), "frames_uncorrectable");
}

TEST_F(VerdictTest, NoFrameAtAllIsNoise) {
  lose_all(report_.link.sync, DropReason::no_sync);
  EXPECT_EQ(kind(), "no_frames");
}

TEST_F(VerdictTest, PacketsWithoutFramesAreJudgedByTheirBytes) {
  link::LinkReport only_packets;
  only_packets.form = link::InputForm::packets;
  only_packets.virtual_channels.emplace_back();
  stage(only_packets.virtual_channels[0].packets, 10 * 1024, 10 * 1024, 2, 2);
  report_.link = only_packets;
  EXPECT_EQ(kind(), "");
  LossLedger& packets = report_.link.virtual_channels[0].packets;
  packets.bytes_out = 100;
  packets.drop(DropReason::no_packet_start, 0, 10 * 1024 - 100);
  EXPECT_EQ(kind(), "no_frames");
}

TEST_F(VerdictTest, AHandfulOfBytesSaysNothing) {
  lose_all(report_.link.sync, DropReason::no_sync);
  report_.input_bytes = 1000;
  EXPECT_EQ(kind(), "");
}

}  // namespace
}  // namespace dl::process
