#include "decoders/jpss_ephemeris/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/file.h"
#include "decoders/jpss_ephemeris/ephemeris_packet.h"

namespace dl::decoders::jpss_ephemeris {
namespace {

constexpr std::uint8_t kNoaa20 = 159;

class NoSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule) override { return {}; }
};

// The 7200 packets that NOAA-20 sent on 2021-04-09 from 0 to 2 o'clock (data/README.md).
std::vector<Bytes> recorded_packets() {
  const char* folder = std::getenv("DOWNLINKD_TEST_DATA");
  if (folder == nullptr) return {};
  const std::filesystem::path file =
      std::filesystem::path(folder) / "data/noaa20-spacecraft-diary" / "J01_G011_LZ_2021-04-09T00-00-00Z_V01.DAT1";
  const auto text = read_text_file(file);
  if (!text) return {};
  std::vector<Bytes> packets;
  const ByteView all = as_bytes(*text);
  for (std::size_t at = 0; at + kPacketBytes <= all.size(); at += kPacketBytes) {
    packets.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                         all.begin() + static_cast<std::ptrdiff_t>(at + kPacketBytes));
  }
  return packets;
}

class JpssEphemerisDecoder : public ::testing::Test {
 protected:
  JpssEphemerisDecoder() {
    context_.profile.norad_id = 43013;
    context_.profile.scid = kNoaa20;
    context_.orbits = std::make_shared<calibrate::OrbitBook>("", 43013);
    decoder_.emplace(context_);
  }
  void push(const Bytes& bytes) {
    link::Packet packet;
    packet.apid = kApid;
    packet.bytes = bytes;
    EXPECT_EQ(decoder_->push(packet, sink_).value(), Accepted::yes);
  }
  const LossLedger& end() {
    EXPECT_TRUE(decoder_->flush(sink_));
    EXPECT_TRUE(decoder_->losses().balanced());
    return decoder_->losses();
  }

  PassContext context_;
  NoSink sink_;
  std::optional<Decoder> decoder_;
};

TEST_F(JpssEphemerisDecoder, ReadsTheFirstPacketOfNoaa20) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  const auto sample = decode_ephemeris_packet(packets.front(), kNoaa20);
  ASSERT_TRUE(sample);
  EXPECT_EQ(format_utc(sample->time), "2021-04-09T00:00:00.030941Z");
  EXPECT_DOUBLE_EQ(sample->state.position_km.x, 6389.6955);
  EXPECT_DOUBLE_EQ(sample->state.position_km.y, 2786.0215);
  EXPECT_DOUBLE_EQ(sample->state.position_km.z, 1825.377375);
  EXPECT_NEAR(sample->state.velocity_km_s.x, 2.38352881, 1e-8);
  EXPECT_NEAR(sample->state.velocity_km_s.z, -7.10589893, 1e-8);  // data/README.md has a digit wrong
  EXPECT_EQ(sample->origin.size(), 65U);
}

TEST_F(JpssEphemerisDecoder, OneSampleInTenGivesTheOtherNineToAMetre) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  for (const Bytes& packet : packets) push(packet);
  const LossLedger& losses = end();
  EXPECT_EQ(losses.units_in, 7200U);
  EXPECT_EQ(losses.units_out, 7200U);
  const UtcTime from = *parse_utc("2021-04-09T00:00:01Z");
  const auto orbit = context_.orbits->choose(from, from + Seconds(7190));
  ASSERT_TRUE(orbit) << orbit.error().message;
  EXPECT_EQ(orbit->get()->source().kind, calibrate::OrbitKind::jpss_ephemeris);
  EXPECT_EQ(orbit->get()->source().samples, 720U);
  std::vector<double> errors_m;
  double velocity_m_s = 0;
  for (const Bytes& packet : packets) {
    const auto truth = decode_ephemeris_packet(packet, kNoaa20);
    const auto state = orbit->get()->earth_fixed(truth->time);
    ASSERT_TRUE(state);
    errors_m.push_back(1000 * calibrate::norm(state->position_km - truth->state.position_km));
    velocity_m_s = std::max(velocity_m_s, 1000 * calibrate::norm(state->velocity_km_s - truth->state.velocity_km_s));
  }
  std::sort(errors_m.begin(), errors_m.end());
  std::printf("against NOAA-20's own GPS: median %.2f m, largest %.2f m; velocity at most %.3f m/s\n",
              errors_m[errors_m.size() / 2], errors_m.back(), velocity_m_s);
  EXPECT_LT(errors_m[errors_m.size() / 2], 0.5);
  EXPECT_LT(errors_m.back(), 2.0);
  EXPECT_LT(velocity_m_s, 0.3);
}

TEST_F(JpssEphemerisDecoder, AGapOfAMinuteIsBridgedAndALongerOneIsNot) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  for (std::size_t i = 0; i < 1200; ++i) {
    const bool lost = (i >= 305 && i < 345) || (i >= 700 && i < 800);
    if (!lost) push(packets[i]);
  }
  const UtcTime start = *parse_utc("2021-04-09T00:00:00Z");
  const auto bridged = context_.orbits->choose(start + Seconds(240), start + Seconds(420));
  ASSERT_TRUE(bridged);
  const auto truth = decode_ephemeris_packet(packets[325], kNoaa20);
  EXPECT_LT(calibrate::norm(bridged->get()->earth_fixed(truth->time)->position_km - truth->state.position_km), 0.002);
  EXPECT_FALSE(context_.orbits->choose(start + Seconds(600), start + Seconds(780)));
  EXPECT_TRUE(context_.orbits->choose(start + Seconds(860), start + Seconds(1040)));
  // A little beyond its end, by gravity; no further.
  const UtcTime end_time = start + Seconds(1199);
  const auto beyond = context_.orbits->choose(end_time, end_time + Seconds(5));
  ASSERT_TRUE(beyond);
  const auto later = decode_ephemeris_packet(packets[1204], kNoaa20);
  EXPECT_LT(calibrate::norm(beyond->get()->earth_fixed(later->time)->position_km - later->state.position_km), 0.003);
  EXPECT_FALSE(context_.orbits->choose(end_time, end_time + Seconds(60)));
}

TEST_F(JpssEphemerisDecoder, WrongSamplesAreCountedAndNotUsed) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  for (std::size_t i = 0; i < 600; ++i) {
    Bytes packet = packets[i];
    if (i == 0 || i == 300) packet[24] ^= 0x02;          // the first position: off by kilometres
    if (i == 100) packet[14] = 157;                      // Suomi-NPP's
    if (i == 200) packet[17] = 0xFF;                     // a time that cannot be
    if (i == 400) packet[23] = 0x7F, packet[24] = 0xC0;  // not a number
    if (i == 500) packet.pop_back();
    push(packet);
  }
  const LossLedger& losses = end();
  EXPECT_EQ(losses.dropped(DropReason::orbit_implausible).units, 2U);
  EXPECT_EQ(losses.dropped(DropReason::frame_scid).units, 1U);
  EXPECT_EQ(losses.dropped(DropReason::packet_time).units, 1U);
  EXPECT_EQ(losses.dropped(DropReason::decoder_refused).units, 1U);
  EXPECT_EQ(losses.dropped(DropReason::packet_length).units, 1U);
  EXPECT_EQ(losses.units_out, 594U);
}

TEST_F(JpssEphemerisDecoder, AJumpIsBelievedWhenTheNextSampleAgrees) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  // The second half is that of an hour later, with the times of now: the path goes on elsewhere.
  for (std::size_t i = 0; i < 60; ++i) push(packets[i]);
  for (std::size_t i = 60; i < 120; ++i) {
    Bytes packet = packets[i];
    std::copy_n(packets[i + 3600].begin() + 23, 24, packet.begin() + 23);
    push(packet);
  }
  EXPECT_EQ(end().units_out, 120U);
}

TEST_F(JpssEphemerisDecoder, ElementsThatAreFarFromItAreNotOverruled) {
  const auto packets = recorded_packets();
  if (packets.empty()) GTEST_SKIP() << "DOWNLINKD_TEST_DATA has no data/noaa20-spacecraft-diary";
  // A set of this number and day that is in another place: one of the two is wrong, and the operator's is kept.
  context_.orbits = std::make_shared<calibrate::OrbitBook>(
      "1 43013U 17073A   21098.78216134  .00000005  00000-0  22942-4 0  9995\n"
      "2 43013  98.7228  20.0000 0001489  76.1701 283.9641 14.19562284148037\n",
      43013);
  decoder_.emplace(context_);
  for (std::size_t i = 0; i < 20; ++i) push(packets[i]);
  EXPECT_EQ(end().dropped(DropReason::orbit_implausible).units, 20U);
}

TEST(JpssEphemerisPacket, EncodesWhatItDecodes) {
  const UtcTime time = *parse_utc("2026-05-12T08:00:00.123456Z");
  const calibrate::StateVector state{{6389.6955, 2786.0215, 1825.377375}, {2.3835, -0.78588, -7.1058}};
  const auto sample = decode_ephemeris_packet(encode_ephemeris_packet(time, state, 177, 9), 177);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->time, time);
  EXPECT_LT(calibrate::norm(sample->state.position_km - state.position_km), 5e-4);
  EXPECT_LT(calibrate::norm(sample->state.velocity_km_s - state.velocity_km_s), 1e-6);
}

}  // namespace
}  // namespace dl::decoders::jpss_ephemeris
