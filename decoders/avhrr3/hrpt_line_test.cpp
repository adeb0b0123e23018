#include "decoders/avhrr3/hrpt_line.h"

#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/decoder.h"
#include "decoders/avhrr3/hrpt_encoder.h"

namespace dl::decoders::avhrr3 {
namespace {

using namespace testing;  // the scene of this folder's tests, not of gtest
using ::testing::Contains;
using ::testing::Not;

constexpr std::uint8_t kNoaa19 = 15;

ScanLine random_line(bool channel_3b) {
  std::mt19937 random(19);
  const auto count = [&] { return static_cast<std::uint16_t>(random() & kMaxCount); };
  ScanLine line;
  line.time = at("2012-12-31T23:59:59.999Z");
  line.channel_3b = channel_3b;
  for (std::size_t i = 0; i < kSlots * kPixels; ++i) line.earth.push_back(count());
  for (std::size_t sample = 0; sample < kReferenceSamples; ++sample) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      line.space[sample][slot] = count();
      line.black_body[sample][slot] = slot < kSlot3 ? std::uint16_t{0} : count();
    }
  }
  for (auto& word : line.ramp) word = count();
  for (auto& word : line.prt) word = count();
  line.patch[kSlot3] = count();
  return line;
}

Bytes frame_of(const ScanLine& line, bool pseudo_noise = false) {
  link::HrptWords frame;
  put_line(line, link::HrptMinorFrameNumber::tip, kNoaa19, frame);
  if (pseudo_noise) frame.set(link::kHrptIdWord, frame.words()[link::kHrptIdWord] | 2U);
  return frame.frame_bytes();
}

// A minor frame with this day and time in it.
Bytes frame_at(unsigned day, std::uint32_t millisecond) {
  link::HrptWords frame;
  link::HrptHeader header;
  header.day_of_year = static_cast<std::uint16_t>(day);
  header.millisecond_of_day = millisecond;
  frame.set_header(header);
  return frame.frame_bytes();
}

std::string time_of(const Bytes& frame, std::string_view near) {
  return format_utc(decode_hrpt_frame(frame, at(near)).value().time);
}

TEST(HrptLine, EveryWordComesBackInBothStatesOfChannel3) {
  for (const bool channel_3b : {false, true}) {
    const ScanLine sent = random_line(channel_3b);
    const auto line = decode_hrpt_frame(frame_of(sent), at("2012-12-31T20:00:00Z"));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->time, sent.time);
    EXPECT_EQ(line->channel_3b, channel_3b);
    EXPECT_EQ(line->earth, sent.earth);
    EXPECT_EQ(line->space, sent.space);
    EXPECT_EQ(line->black_body, sent.black_body);
    EXPECT_EQ(line->prt, sent.prt);
    EXPECT_EQ(line->ramp, sent.ramp);
    EXPECT_EQ(line->patch, sent.patch);
  }
}

TEST(HrptLine, TheYearIsTheOneNearestToThePass) {
  const Bytes last_second = frame_at(366, 86'399'000);
  EXPECT_EQ(time_of(last_second, "2012-12-31T23:50:00Z"), "2012-12-31T23:59:59Z");
  EXPECT_EQ(time_of(last_second, "2013-01-01T00:05:00Z"), "2012-12-31T23:59:59Z");
  const Bytes first_second = frame_at(1, 1000);
  EXPECT_EQ(time_of(first_second, "2012-12-31T23:50:00Z"), "2013-01-01T00:00:01Z");
  EXPECT_EQ(time_of(first_second, "2013-01-01T00:05:00Z"), "2013-01-01T00:00:01Z");
  EXPECT_EQ(time_of(frame_at(60, 0), "2011-06-01T00:00:00Z"), "2011-03-01T00:00:00Z");
  EXPECT_EQ(time_of(frame_at(60, 0), "2012-06-01T00:00:00Z"), "2012-02-29T00:00:00Z");
}

TEST(HrptLine, AClockThatHasNotBeenSetBackIsUnderstoodOnNewYearsDay) {
  EXPECT_EQ(time_of(frame_at(366, 5000), "2014-01-01T00:00:00Z"), "2014-01-01T00:00:05Z");
}

TEST(HrptLine, ImpossibleTimesAndTestPatternsAreNoLines) {
  for (const auto& [day, millisecond] : {std::pair{0U, 0U}, std::pair{367U, 0U}, std::pair{1U, 86'400'000U}}) {
    EXPECT_EQ(decode_hrpt_frame(frame_at(day, millisecond), {}).error(), DropReason::packet_time);
  }
  EXPECT_EQ(decode_hrpt_frame(frame_of(random_line(false), true), {}).error(), DropReason::idle);
}

// A decoder of NOAA-19 and what it made.
class HrptPass {
 public:
  explicit HrptPass(const PassContext& context) : decoder_(Decoder::create(context).value()) {}
  explicit HrptPass(UtcTime started_at, bool assumed = false) {
    PassContext context;
    context.profile.platform = "noaa-19";
    context.tables.shipped = DL_BINARY_DIRECTORY "/share/downlinkd/tables";
    context.started_at = started_at;
    context.started_at_assumed = assumed;
    context.calibration_profile = "patmosx-v2023";
    decoder_ = Decoder::create(context).value();
  }

  Accepted send(const Bytes& frame, link::PacketKind kind = link::PacketKind::frame_data) {
    link::Packet packet;
    packet.kind = kind;
    packet.bytes = frame;
    return decoder_->push(packet, sink).value();
  }
  void send_lines(UtcTime start, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ScanLine line = encoded_line(request_of("noaa-19", "patmosx-v2023"), line_time(start, i), i, true);
      send(frame_of(line));
    }
  }
  Decoder& finish() {
    EXPECT_TRUE(decoder_->flush(sink));
    EXPECT_TRUE(decoder_->losses().balanced());
    EXPECT_EQ(decoder_->losses().units_in, decoder_->losses().units_out + decoder_->losses().all_dropped().units);
    return *decoder_;
  }

  CollectingSink sink;

 private:
  std::unique_ptr<Decoder> decoder_;
};

TEST(HrptDecoder, PassOverNewYearIsOneRowOfGranules) {
  HrptPass pass(at("2013-12-31T23:59:50Z"));
  pass.send_lines(at("2013-12-31T23:59:55Z"), 60);
  pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 2U);
  EXPECT_EQ(format_utc(pass.sink.granules[0].slot_start), "2013-12-31T23:57:00Z");
  EXPECT_EQ(format_utc(pass.sink.granules[1].slot_start), "2014-01-01T00:00:00Z");
  EXPECT_EQ(pass.sink.granules[0].line_count, 30U);
  EXPECT_EQ(pass.sink.granules[1].line_count, 30U);
  EXPECT_THAT(pass.sink.granules[0].provenance.algorithms, Contains("avhrr-3/hrpt-minor-frame/1"));
  EXPECT_THAT(pass.sink.granules[0].provenance.flags, Not(Contains("date_assumed")));
}

TEST(HrptDecoder, AYearThatWasGuessedIsSaid) {
  HrptPass pass(at("2013-07-01T00:00:00Z"), true);
  pass.send_lines(at("2013-06-15T12:00:00Z"), 10);
  pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 1U);
  EXPECT_THAT(pass.sink.granules[0].provenance.flags, Contains("date_assumed"));
}

TEST(HrptDecoder, WhatIsNoMinorFrameIsNotAccepted) {
  HrptPass pass(at("2013-07-01T00:00:00Z"));
  EXPECT_EQ(pass.send(Bytes(112, 0), link::PacketKind::tip_frame), Accepted::no);
  EXPECT_EQ(pass.send(Bytes(link::kHrptFrameBytes - 1, 0)), Accepted::no);
  EXPECT_EQ(pass.finish().losses().units_in, 0U);
}

// Two rows, 0.5 s at the beginning of June and -0.5 s at its end: 0 s in the middle.
constexpr const char* kClockTable = R"({
  "schema": "downlinkd.cal/1", "table": "noaa-19/avhrr-3/clock", "platform": "noaa-19", "instrument": "avhrr-3",
  "profiles": ["patmosx-v2023"], "quantity": "clock_offset", "unit": "s", "axes": ["clock"], "time_model": "linear",
  "extrapolation": {"before": "forbid", "after": "forbid", "max_age_days": null, "flag": "cal_extrapolated"},
  "rows": [)"
                                    R"({"id": "clock/1", "valid_from": "2013-06-01T00:00:00Z", "valid_to": null,
    "recorded_at": "2013-07-01T00:00:00Z", "recorded_at_basis": "made up", "superseded_at": null,
    "config": {"side": null, "mirror_side": null, "detector": null, "parameter_set": null},
    "values": {"clock": {"offset_s": [0.5]}}, "uncertainty": null, "status": "operational",
    "source": {"title": "made up", "locator": "this test", "retrieved": null, "sha256": null},
    "reason": "drift", "supersedes": null},)"
                                    R"({"id": "clock/2", "valid_from": "2013-06-29T00:00:00Z", "valid_to": null,
    "recorded_at": "2013-07-01T00:00:00Z", "recorded_at_basis": "made up", "superseded_at": null,
    "config": {"side": null, "mirror_side": null, "detector": null, "parameter_set": null},
    "values": {"clock": {"offset_s": [-0.5]}}, "uncertainty": null, "status": "operational",
    "source": {"title": "made up", "locator": "this test", "retrieved": null, "sha256": null},
    "reason": "drift", "supersedes": null, "jump_reason": "the clock drifts"}],
  "events": []})";

TEST(HrptDecoder, ClockOffsetsAreTakenOffAndTheProvenanceNamesTheRow) {
  const auto overlays = std::filesystem::path(::testing::TempDir()) / "avhrr3-clock-overlay";
  std::filesystem::create_directories(overlays / "avhrr-3");
  std::ofstream(overlays / "avhrr-3" / "noaa-19.clock.json") << kClockTable;
  PassContext context;
  context.profile.platform = "noaa-19";
  context.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {overlays}};
  context.started_at = at("2013-06-08T00:00:00Z");
  context.calibration_profile = "patmosx-v2023";
  HrptPass pass(context);
  pass.send_lines(at("2013-06-08T00:00:30Z"), 10);
  pass.finish();
  std::filesystem::remove_all(overlays);
  ASSERT_EQ(pass.sink.granules.size(), 1U);
  const calibrate::CalibratedGranule& granule = pass.sink.granules[0];
  EXPECT_LT(std::chrono::abs(granule.lines[0].time - at("2013-06-08T00:00:29.75Z")), Milliseconds(1));
  EXPECT_EQ(granule.provenance.rows[0].id, "clock/1");
  EXPECT_EQ(granule.provenance.rows[0].bands, "clock");
  EXPECT_THAT(granule.provenance.algorithms, Contains("avhrr-3/clock-offset/1"));
}

TEST(HrptDecoder, TelemetryOfEveryLineIsKept) {
  HrptPass pass(at("2013-06-15T12:00:00Z"));
  ScanLine line = random_line(true);
  line.time = at("2013-06-15T12:00:00Z");
  pass.send(frame_of(line));
  line.time += Seconds(1);
  pass.send(frame_of(line));
  pass.finish();
  const auto& telemetry = pass.sink.granules.at(0).telemetry;
  ASSERT_EQ(telemetry.size(), 5U);
  EXPECT_EQ(telemetry[0].name, "prt");
  EXPECT_THAT(telemetry[0].words[0], ::testing::ElementsAreArray(line.prt));
  EXPECT_TRUE(telemetry[0].words[3].empty());
  EXPECT_THAT(telemetry[1].words[6], ::testing::ElementsAreArray(line.ramp));
  EXPECT_THAT(telemetry[2].words[6], ::testing::ElementsAreArray(line.patch));
  unsigned sum = 0;
  for (const auto& sample : line.space) sum += sample[4];
  EXPECT_EQ(telemetry[3].words[0][4], sum);
}

TEST(HrptDecoder, TemperaturesComeBackWithinOneCount) {
  HrptPass pass(at("2013-06-15T12:00:00Z"));
  pass.send_lines(at("2013-06-15T12:00:00Z"), 60);
  pass.finish();
  const Fields fields = ramp_fields();
  const calibrate::CalibratedGranule& granule = pass.sink.granules.at(0);
  for (const char* name : {"4", "5"}) {
    for (std::size_t x = 0; x < kPixels; x += 61) {
      EXPECT_NEAR(value(band(granule, name), 30, x), fields.temperature_kelvin[x], 0.25) << name << ' ' << x;
    }
  }
}

}  // namespace
}  // namespace dl::decoders::avhrr3
