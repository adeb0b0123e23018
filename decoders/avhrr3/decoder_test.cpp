#include "decoders/avhrr3/decoder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/instrument.h"

namespace dl::decoders::avhrr3 {
namespace {

using namespace testing;  // the scene of this folder's tests, not of gtest
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Element set of a made-up Metop-B orbit with its epoch at 2026-05-12T06:00:00Z.
constexpr const char* kElementSet =
    "SIMULATED METOP-B\n"
    "1 38771U 12049A   26132.25000000  .00000080  00000-0  56000-4 0  9996\n"
    "2 38771  98.6900 192.0000 0001200  90.0000 120.0000 14.21480000707001\n";

PassContext context() {
  PassContext made;
  made.profile.platform = "metop-b";
  made.profile.norad_id = 38771;
  made.tables.shipped = DL_BINARY_DIRECTORY "/share/downlinkd/tables";
  return made;
}

// A decoder and what it made; packets are made of one line, only their time differs.
class Pass {
 public:
  explicit Pass(const PassContext& pass_context = context())
      : decoder_(Decoder::create(pass_context).value()), line_(encoded_line(request_of("metop-b"), start, 1)) {}

  Accepted send(UtcTime time, std::uint64_t number, link::FrameQuality quality = {}, bool gap_before = false) {
    line_.time = time;
    line_.prt.fill(number % 5 == 0 ? 0 : 200);
    return send(encode_packet(line_, static_cast<std::uint16_t>(number)), quality, gap_before);
  }
  Accepted send(const Bytes& bytes, link::FrameQuality quality = {}, bool gap_before = false) {
    link::Packet packet;
    packet.apid = static_cast<std::uint16_t>(read_u16(bytes, 0) & 0x7FF);
    packet.quality = quality;
    packet.gap_before = gap_before;
    packet.bytes = bytes;
    return decoder_->push(packet, sink).value();
  }
  void send_lines(std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t i = first; i < end; ++i) send(line_time(start, i), i);
  }
  Decoder& finish() {
    EXPECT_TRUE(decoder_->flush(sink));
    EXPECT_TRUE(decoder_->losses().balanced());
    EXPECT_EQ(decoder_->losses().units_in, decoder_->losses().units_out + decoder_->losses().all_dropped().units);
    EXPECT_EQ(decoder_->line_losses().units_in,
              decoder_->line_losses().units_out + decoder_->line_losses().all_dropped().units);
    return *decoder_;
  }

  CollectingSink sink;
  // 30 lines before a slot's end, a little off the slot's own sixths of a second.
  UtcTime start = at("2026-05-12T11:59:55.05Z");

 private:
  std::unique_ptr<Decoder> decoder_;
  ScanLine line_;
};

TEST(Decoder, CutsGranulesAtFixedTimesAndUsesTheRowOfEach) {
  Pass pass;
  pass.send_lines(0, 90);
  const Decoder& decoder = pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 2u);
  const auto& [morning, noon] = std::tie(pass.sink.granules[0], pass.sink.granules[1]);
  EXPECT_EQ(format_utc(morning.slot_start), "2026-05-12T11:57:00Z");
  EXPECT_EQ(format_utc(noon.slot_start), "2026-05-12T12:00:00Z");
  EXPECT_EQ(morning.line_count, 30u);
  EXPECT_EQ(noon.line_count, 60u);
  EXPECT_EQ(morning.provenance.rows[0].id, "metop-b/avhrr-3/visible/2026-03-10");
  EXPECT_EQ(noon.provenance.rows[0].id, "metop-b/avhrr-3/visible/2026-05-12");
  EXPECT_EQ(decoder.losses().units_out, 90u);
  EXPECT_EQ(decoder.line_losses().units_out, 90u);
  EXPECT_EQ(decoder.line_losses().units_in, 90u);
}

TEST(Decoder, LostLinesAreFilledOnTheGridAlsoAtTheCut) {
  Pass pass;
  for (std::uint64_t i = 0; i < 90; ++i) {
    const bool lost = i == 10 || (i >= 28 && i < 33);  // the cut lies before line 30
    if (!lost) pass.send(line_time(pass.start, i), i);
  }
  const Decoder& decoder = pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 2u);
  EXPECT_EQ(pass.sink.granules[0].line_count, 30u);
  EXPECT_EQ(pass.sink.granules[1].line_count, 60u);
  const calibrate::Line& filled = pass.sink.granules[0].lines[10];
  EXPECT_TRUE(filled.flags & calibrate::kLineMissing);
  EXPECT_LE(std::chrono::abs(filled.time - line_time(pass.start, 10)), Microseconds(1));
  EXPECT_EQ(decoder.line_losses().units_in, 90u);
  EXPECT_EQ(decoder.line_losses().dropped(DropReason::missing_line).units, 6u);
}

TEST(Decoder, DuplicateLateAndDamagedPacketsAreCountedAndChangeNothing) {
  Pass clean;
  clean.send_lines(0, 90);
  clean.finish();

  Pass disturbed;
  disturbed.send_lines(0, 20);
  disturbed.send(line_time(disturbed.start, 12), 12);  // again
  disturbed.send_lines(20, 60);
  disturbed.send(line_time(disturbed.start, 21), 21);  // its granule is closed
  Bytes damaged = packet_of(request_of("metop-b"), line_time(disturbed.start, 60), 60);
  damaged[777] = static_cast<Byte>(damaged[777] ^ 1);
  EXPECT_EQ(disturbed.send(damaged), Accepted::yes);
  disturbed.send_lines(60, 90);
  const Decoder& decoder = disturbed.finish();

  EXPECT_EQ(decoder.losses().dropped(DropReason::duplicate_packet).units, 1u);
  EXPECT_EQ(decoder.losses().dropped(DropReason::late_packet).units, 1u);
  EXPECT_EQ(decoder.losses().dropped(DropReason::packet_checksum).units, 1u);
  EXPECT_EQ(decoder.line_losses().lost().units, 2u);
  ASSERT_EQ(disturbed.sink.granules.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(disturbed.sink.granules[i].provenance.packets_sha256, clean.sink.granules[i].provenance.packets_sha256);
    EXPECT_EQ(disturbed.sink.granules[i].bands[3].values, clean.sink.granules[i].bands[3].values);
  }
}

TEST(Decoder, OneOddTimeDoesNotCloseAGranule) {
  Pass pass;
  pass.send(at("2031-01-01T00:00:00Z"), 7);  // even as the first of the pass
  pass.send_lines(0, 20);
  pass.send(at("2001-01-01T00:00:00Z"), 7);
  pass.send_lines(20, 28);
  const Decoder& decoder = pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 1u);
  EXPECT_EQ(pass.sink.granules[0].line_count, 28u);
  EXPECT_EQ(decoder.losses().dropped(DropReason::packet_time).units, 2u);
}

TEST(Decoder, SilenceOfMinutesIsMissingLinesAndTheNextLineIsFlagged) {
  Pass pass;
  pass.send_lines(0, 10);
  pass.send_lines(10 + 6 * 400, 20 + 6 * 400);  // 400 s later
  const Decoder& decoder = pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 2u);
  EXPECT_EQ(pass.sink.granules[1].line_count, 10u);
  EXPECT_TRUE(pass.sink.granules[1].lines[0].flags & calibrate::kLineTimeJump);
  EXPECT_EQ(decoder.line_losses().dropped(DropReason::missing_line).units, 2400u);
  EXPECT_EQ(decoder.losses().lost().units, 0u);
}

TEST(Decoder, ASinglePacketIsAGranuleOfOneLine) {
  Pass pass;
  pass.send(pass.start, 1);
  EXPECT_THAT(pass.sink.granules, IsEmpty());
  pass.finish();
  ASSERT_EQ(pass.sink.granules.size(), 1u);
  EXPECT_EQ(pass.sink.granules[0].line_count, 1u);
}

TEST(Decoder, PacketsOfOtherLengthOrApidAreNotTaken) {
  Pass pass;
  Bytes bytes = packet_of(request_of("metop-b"), pass.start, 1);
  bytes.resize(1000);
  EXPECT_EQ(pass.send(bytes), Accepted::no);
  EXPECT_EQ(pass.finish().losses().units_in, 0u);
}

TEST(Decoder, FrameQualityReachesLinesAndProvenance) {
  Pass pass;
  pass.send(pass.start, 0);
  link::FrameQuality corrected;
  corrected.symbols_corrected = 5;
  pass.send(line_time(pass.start, 1), 1, corrected, true);
  pass.finish();
  const auto& granule = pass.sink.granules.at(0);
  EXPECT_EQ(granule.lines[0].flags & (calibrate::kLineRsCorrected | calibrate::kLineGapBefore), 0u);
  EXPECT_TRUE(granule.lines[1].flags & calibrate::kLineRsCorrected);
  EXPECT_TRUE(granule.lines[1].flags & calibrate::kLineGapBefore);
  EXPECT_EQ(granule.provenance.symbols_corrected, 5u);
  EXPECT_EQ(granule.provenance.gaps, 1u);
  EXPECT_EQ(granule.provenance.packets, 2u);
}

TEST(Decoder, WithAnElementSetTheGranuleIsLocatedAndReflectanceIsDividedByTheSun) {
  PassContext with_orbit = context();
  with_orbit.orbits = std::make_shared<calibrate::OrbitBook>(kElementSet, with_orbit.profile.norad_id);
  const UtcTime morning = at("2026-05-12T09:00:00Z");  // over Europe
  Pass pass(with_orbit);
  pass.start = morning;
  pass.send_lines(0, 28);
  pass.finish();
  const auto& granule = pass.sink.granules.at(0);
  ASSERT_TRUE(granule.tie_grid) << granule.ungeolocated_reason;
  EXPECT_EQ(granule.level, "L1B");
  EXPECT_THAT(granule.ungeolocated_reason, IsEmpty());
  EXPECT_EQ(granule.orbit_state, "descending");
  EXPECT_FALSE(granule.quicklook_rotate_180);
  EXPECT_THAT(granule.quicklook_bands, ::testing::ElementsAre("3A", "2", "1"));
  EXPECT_EQ(granule.provenance.attitude_model, "yaw-steering");
  ASSERT_TRUE(granule.provenance.orbit);
  EXPECT_EQ(granule.provenance.rows[0].id, "metop-b/avhrr-3/geometry/1");
  EXPECT_FALSE(granule.footprint->polygons.empty());

  // Tie point (row 1, column 3) lies on line 8 and pixel 24: no interpolation there.
  const calibrate::TieGrid& grid = *granule.tie_grid;
  const double zenith = grid.sun_zenith_deg[grid.columns() + 3];
  ASSERT_NEAR(zenith, 50, 5);
  Pass unlocated;
  unlocated.start = morning;
  unlocated.send_lines(0, 28);
  unlocated.finish();
  const double scaled = value(band(unlocated.sink.granules.at(0), "1"), 8, 24);
  EXPECT_NEAR(value(band(granule, "1"), 8, 24), scaled / std::cos(zenith * std::numbers::pi / 180), 0.0002);
}

TEST(Decoder, OldElementSetIsRefusedWithTheReason) {
  PassContext with_orbit = context();
  with_orbit.orbits = std::make_shared<calibrate::OrbitBook>(kElementSet, with_orbit.profile.norad_id);
  Pass pass(with_orbit);
  pass.start = at("2026-06-12T12:00:00Z");
  pass.send_lines(0, 10);
  pass.finish();
  EXPECT_FALSE(pass.sink.granules.at(0).tie_grid);
  EXPECT_FALSE(pass.sink.granules.at(0).ungeolocated_reason.empty());
}

// An operator's folder with a table that has one event of Metop-B, of channel 3A from 12:00:05 to 12:00:10 where
// nothing else is said.
class OverlayWithEvent {
 public:
  explicit OverlayWithEvent(const std::string& effect, const std::string& bands = R"("3A")",
                            const std::string& from = "2020-05-12T12:00:05Z", const std::string& profile = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "dl-overlay-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder_ / "avhrr-3");
    std::ofstream(folder_ / "avhrr-3" / "metop-b.operator-events.json")
        << R"({"schema": "downlinkd.cal/1", "table": "metop-b/avhrr-3/operator-events", "platform": "metop-b",
               "instrument": "avhrr-3", "profiles": ["noaa-ospo"], "quantity": "events", "unit": "1", "axes": [],
               "time_model": "step",
               "extrapolation": {"before": "forbid", "after": "hold", "max_age_days": null, "flag": "cal_extrapolated"},
               "rows": [], "events": [{
                 "id": "metop-b/avhrr-3/operator-events/1", "from": ")"
        << from << R"(",
                 "to": "2020-05-12T12:00:10Z", "recorded_at": "2020-05-13T00:00:00Z",
                 "affects": {"bands": [)"
        << bands << R"(], "side": null, "mirror_side": null, "detector": null, "parameter_set": null},
                 "kind": "anomaly", "effect": ")"
        << effect << (profile.empty() ? "" : R"(", "profile": ")" + profile) << R"(", "text": "Interference.",
                 "source": {"title": "operator's log", "locator": "page 1", "retrieved": null, "sha256": null}}]})";
  }

  ~OverlayWithEvent() { std::filesystem::remove_all(folder_); }
  OverlayWithEvent(const OverlayWithEvent&) = delete;
  OverlayWithEvent& operator=(const OverlayWithEvent&) = delete;

  // 60 lines from 12:00:00 on; channel 3A, the last 15 channel 3B.
  calibrate::CalibratedGranule decode() const {
    PassContext with_overlay = context();
    with_overlay.tables.overlays = {folder_};
    auto created = Decoder::create(with_overlay);
    EXPECT_TRUE(created) << created.error().message;
    const std::unique_ptr<Decoder> decoder = std::move(created).value();
    CollectingSink sink;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const UtcTime time = line_time(at("2020-05-12T12:00:00.05Z"), i);
      const Bytes bytes = packet_of(request_of("metop-b"), time, i, i >= 45);
      link::Packet packet;
      packet.apid = static_cast<std::uint16_t>(read_u16(bytes, 0) & 0x7FF);
      packet.bytes = bytes;
      EXPECT_TRUE(decoder->push(packet, sink));
    }
    EXPECT_TRUE(decoder->flush(sink));
    return std::move(sink.granules.at(0));
  }

 private:
  std::filesystem::path folder_;
};

constexpr std::size_t kMiddle = 1000;  // a pixel

TEST(Decoder, EventThatExcludesOneBandTakesItsValuesInTheIntervalAndNoOthers) {
  const OverlayWithEvent none("flag", R"("6")");  // there is no such band
  const auto whole = none.decode();
  EXPECT_THAT(whole.provenance.events, IsEmpty());
  const OverlayWithEvent overlay("exclude");
  const auto granule = overlay.decode();
  for (std::size_t line = 0; line < 60; ++line) {
    const bool inside = line >= 30 && line < 45;  // carries 3A
    EXPECT_EQ((granule.lines[line].flags & calibrate::kLineKnownBadEpoch) != 0, inside) << line;
    EXPECT_EQ(std::isnan(value(band(granule, "3A"), line, kMiddle)), line >= 30) << line;
    if (line >= 30) {
      EXPECT_EQ(quality(granule, "3A")[line * kPixels + kMiddle], calibrate::kPixelNoData) << line;
    } else {
      EXPECT_EQ(value(band(granule, "3A"), line, kMiddle), value(band(whole, "3A"), line, kMiddle)) << line;
    }
  }
  for (const char* const name : {"1", "2", "3B", "4", "5"}) {
    EXPECT_EQ(band(granule, name).values, band(whole, name).values) << name;
    EXPECT_EQ(quality(granule, name), quality(whole, name)) << name;
  }
  ASSERT_EQ(granule.provenance.events.size(), 1u);
  EXPECT_EQ(granule.provenance.events[0].id, "metop-b/avhrr-3/operator-events/1");
  EXPECT_EQ(granule.provenance.events[0].effect, "exclude");
  EXPECT_EQ(granule.provenance.events[0].bands, "3A");
  EXPECT_THAT(granule.provenance.flags, ::testing::Contains("known_bad_epoch:metop-b/avhrr-3/operator-events/1"));
  ASSERT_FALSE(granule.provenance.rows.empty());
  EXPECT_EQ(granule.provenance.rows[0].bands, "1,2,3A");
}

TEST(Decoder, EventThatFlagsOneBandLeavesAllValuesAndFlagsOnlyLinesThatCarryTheBand) {
  const auto whole = OverlayWithEvent("flag", R"("6")").decode();
  const auto granule = OverlayWithEvent("flag").decode();
  for (std::size_t line = 0; line < 60; ++line) {
    const bool inside = line >= 30 && line < 45;
    EXPECT_EQ((granule.lines[line].flags & calibrate::kLineKnownBadEpoch) != 0, inside) << line;
  }
  for (std::size_t i = 0; i < granule.bands.size(); ++i) {
    EXPECT_EQ(granule.bands[i].values, whole.bands[i].values) << granule.bands[i].name;
    EXPECT_EQ(granule.quality[i], whole.quality[i]) << granule.bands[i].name;
  }
  ASSERT_EQ(granule.provenance.events.size(), 1u);
  EXPECT_EQ(granule.provenance.events[0].bands, "3A");
}

TEST(Decoder, BandThatIsExcludedThroughoutSaysWhyAndUsesNoRow) {
  const auto granule = OverlayWithEvent("exclude", R"("3A")", "2020-05-12T11:59:00Z").decode();
  const std::size_t with_3a = 45;
  for (std::size_t line = 0; line < with_3a; ++line) {
    EXPECT_TRUE(std::isnan(value(band(granule, "3A"), line, kMiddle))) << line;
    EXPECT_FALSE(std::isnan(value(band(granule, "1"), line, kMiddle))) << line;
  }
  EXPECT_THAT(band(granule, "3A").uncalibrated_reason,
              HasSubstr("event 'metop-b/avhrr-3/operator-events/1' excludes it: Interference."));
  EXPECT_EQ(granule.provenance.rows.at(0).bands, "1,2");
}

TEST(Decoder, EventThatSelectsAProfileForOneBandLeavesTheOthersTheirRows) {
  const auto granule = OverlayWithEvent("select_profile", R"("3A")", "2020-05-12T11:59:00Z", "patmosx-v2023").decode();
  const auto& rows = granule.provenance.rows;
  const auto of_bands = [&](const std::string& bands) {
    return std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.bands == bands; });
  };
  ASSERT_NE(of_bands("1,2"), rows.end());
  EXPECT_EQ(of_bands("1,2")->table, "metop-b/avhrr-3/visible");
  ASSERT_NE(of_bands("3A"), rows.end());
  EXPECT_EQ(of_bands("3A")->table, "metop-b/avhrr-3/visible-patmosx");
  EXPECT_EQ(of_bands("3A")->profile_event, "metop-b/avhrr-3/operator-events/1");
}

TEST(Decoder, EventAboutNoBandInParticularIsAboutAll) {
  const auto granule = OverlayWithEvent("exclude", "").decode();
  for (const calibrate::Band& each : granule.bands) {
    for (std::size_t line = 30; line < 60; ++line) EXPECT_TRUE(std::isnan(value(each, line, kMiddle))) << each.name;
  }
  EXPECT_FALSE(std::isnan(value(band(granule, "4"), 29, kMiddle)));
  ASSERT_EQ(granule.provenance.events.size(), 1u);
  EXPECT_EQ(granule.provenance.events[0].bands, "1,2,3A,3B,4,5");
  EXPECT_TRUE(granule.lines[59].flags & calibrate::kLineKnownBadEpoch);
}

TEST(Decoder, SameBitsGiveTheSameGranules) {
  const auto run = [] {
    PassContext with_orbit = context();
    with_orbit.orbits = std::make_shared<calibrate::OrbitBook>(kElementSet, with_orbit.profile.norad_id);
    Pass pass(with_orbit);
    pass.send_lines(0, 60);
    pass.finish();
    return std::move(pass.sink.granules);
  };
  const auto one = run();
  const auto two = run();
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].quality, two[i].quality);
    for (std::size_t b = 0; b < one[i].bands.size(); ++b) EXPECT_EQ(one[i].bands[b].values, two[i].bands[b].values);
  }
}

TEST(Decoder, UnknownProfileAndMissingTablesAreConfigurationErrors) {
  PassContext wrong = context();
  wrong.calibration_profile = "guess";
  const auto profile = kInstrument.create(wrong);
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::config);
  EXPECT_THAT(profile.error().message, HasSubstr("klm-prelaunch, noaa-ospo, patmosx-v2023"));
  wrong = context();
  wrong.tables.shipped = "/nonexistent";
  EXPECT_EQ(kInstrument.create(wrong).error().kind, ErrorKind::config);
}

TEST(Decoder, EveryDamagedByteWithARepairedParityIsSurvived) {
  const Bytes sample = packet_of(request_of("metop-b"), at("2026-05-12T11:59:55Z"), 1);
  const Bytes next = packet_of(request_of("metop-b"), line_time(at("2026-05-12T11:59:55Z"), 1), 2);
  // Every byte of the headers and the reference views, every 97th of the Earth view.
  for (std::size_t i = 2; i < kPacketBytes - 2; i += (i > 90 && i + 90 < kPacketBytes ? 97 : 1)) {
    Bytes damaged = sample;
    damaged[i] = static_cast<Byte>(damaged[i] ^ 0xFF);
    const std::uint16_t parity = vertical_parity(damaged);
    damaged[kPacketBytes - 2] = static_cast<Byte>(damaged[kPacketBytes - 2] ^ (parity >> 8));
    damaged[kPacketBytes - 1] = static_cast<Byte>(damaged[kPacketBytes - 1] ^ (parity & 0xFF));
    Pass pass;
    pass.send(next);
    pass.send(damaged);
    pass.finish();
    ASSERT_FALSE(pass.sink.granules.empty()) << i;
  }
}

}  // namespace
}  // namespace dl::decoders::avhrr3
