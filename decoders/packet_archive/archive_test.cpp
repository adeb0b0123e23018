#include "decoders/packet_archive/archive.h"

#include <algorithm>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crc.h"
#include "decoders/packet_archive/definitions.h"
#include "decoders/packet_archive/packet_archive_test_packets.h"

namespace dl::decoders::packet_archive {
namespace {

using calibrate::ArchivedPacket;
using calibrate::PacketGranule;
using testing::archive_of;
using testing::at;
using testing::CollectingSink;
using ::testing::ElementsAre;
using testing::Made;
using testing::metop_context;
using testing::metop_packet;
using testing::push_all;

// IASI: four spectra every quarter of a second, more or less as it sends them.
std::vector<Made> iasi_pass(UtcTime start, std::size_t count) {
  std::vector<Made> packets;
  for (std::size_t i = 0; i < count; ++i) {
    const UtcTime time = start + Milliseconds(250) * static_cast<int>(i);
    for (const auto apid : std::initializer_list<std::uint16_t>{130, 135, 140, 145})
      packets.push_back(metop_packet(apid, 16380 + i, time, 60));
  }
  return packets;
}

std::vector<std::string> times_of(const PacketGranule& granule) {
  std::vector<std::string> times;
  for (const ArchivedPacket& packet : granule.packets) times.push_back(format_utc(packet.time));
  return times;
}

std::uint64_t missing(const PacketGranule& granule) {
  std::uint64_t sum = 0;
  for (const ArchivedPacket& packet : granule.packets) sum += packet.missing_before.value_or(0);
  return sum;
}

TEST(PacketArchive, CutsOnSlotsOfUtcAndNotAtTheStartOfThePass) {
  const PassContext context = metop_context();
  CollectingSink sink;
  auto archive = archive_of(kIasiDefinition, context);
  push_all(*archive, iasi_pass(at("2026-05-12T08:55:10Z"), 1100), sink);  // 275 s
  ASSERT_EQ(sink.granules.size(), 2U);
  EXPECT_EQ(format_utc(sink.granules[0].slot_start), "2026-05-12T08:54:00Z");
  EXPECT_EQ(format_utc(sink.granules[1].slot_start), "2026-05-12T08:57:00Z");
  EXPECT_EQ(sink.granules[0].packets.size(), 110U * 16);
  EXPECT_EQ(sink.granules[0].packets.size() + sink.granules[1].packets.size(), 4400U);
  EXPECT_EQ(sink.granules[0].instrument, "iasi");
  EXPECT_EQ(sink.granules[0].kinds.at(140), "spectra of pixel 3");
  EXPECT_EQ(missing(sink.granules[0]) + missing(sink.granules[1]), 0U) << "the counter wraps, and goes on in a slot";
  EXPECT_EQ(archive->losses().units_out, 4400U);
  EXPECT_TRUE(archive->losses().balanced());
}

TEST(PacketArchive, TheOrderOfArrivalChangesNothing) {
  const PassContext context = metop_context();
  std::vector<Made> packets = iasi_pass(at("2026-05-12T08:56:30Z"), 800);
  packets.insert(packets.begin() + 60, Made(packets[17]));
  packets[400].bytes.back() ^= 0x10;
  packets.erase(packets.begin() + 900, packets.begin() + 905);
  CollectingSink one, other;
  auto in_order = archive_of(kIasiDefinition, context);
  push_all(*in_order, packets, one);

  std::mt19937 chance(7);
  for (std::size_t begin = 0; begin < packets.size(); begin += 200) {  // half a minute shuffled
    const auto end = packets.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 200, packets.size()));
    std::shuffle(packets.begin() + static_cast<std::ptrdiff_t>(begin), end, chance);
  }
  auto shuffled = archive_of(kIasiDefinition, context);
  push_all(*shuffled, packets, other);

  ASSERT_EQ(one.granules.size(), other.granules.size());
  for (std::size_t i = 0; i < one.granules.size(); ++i) {
    ASSERT_EQ(one.granules[i].packets.size(), other.granules[i].packets.size());
    EXPECT_EQ(one.granules[i].provenance.packets_sha256, other.granules[i].provenance.packets_sha256);
    EXPECT_EQ(one.granules[i].duplicates, other.granules[i].duplicates);
    for (std::size_t k = 0; k < one.granules[i].packets.size(); ++k) {
      EXPECT_EQ(one.granules[i].packets[k].bytes, other.granules[i].packets[k].bytes);
      EXPECT_EQ(one.granules[i].packets[k].missing_before, other.granules[i].packets[k].missing_before);
    }
  }
  EXPECT_EQ(in_order->losses().dropped(DropReason::duplicate_packet).units, 1U);
  EXPECT_EQ(shuffled->losses().dropped(DropReason::duplicate_packet).units, 1U);
}

TEST(PacketArchive, APacketWhoseParityIsWrongIsCountedAndKeptApart) {
  const PassContext context = metop_context();
  std::vector<Made> packets = iasi_pass(at("2026-05-12T08:57:00Z"), 4);
  packets[5].bytes[40] ^= 0x01;
  CollectingSink sink;
  auto archive = archive_of(kIasiDefinition, context);
  push_all(*archive, packets, sink);
  ASSERT_EQ(sink.granules.size(), 1U);
  const auto& stored = sink.granules[0].packets;
  ASSERT_EQ(stored.size(), 16U);
  EXPECT_EQ(std::ranges::count(stored, false, &ArchivedPacket::verified), 1);
  EXPECT_EQ(sink.granules[0].provenance.packets, 15U);
  EXPECT_EQ(archive->losses().units_out, 15U);
  EXPECT_EQ(archive->losses().dropped(DropReason::packet_checksum).units, 1U);
  EXPECT_EQ(missing(sink.granules[0]), 1U) << "what its counter says is not believed";
  EXPECT_TRUE(archive->losses().balanced());
}

// Documents do not agree on what the last word of GOME-2's packets is.
TEST(PacketArchive, APacketOfGome2MayEndInACrcAndOneOfIasiMayNot) {
  const PassContext context = metop_context();
  for (const bool gome : {true, false}) {
    const std::uint16_t apid = gome ? 384 : 130;
    std::vector<Made> packets;
    for (std::size_t i = 0; i < 4; ++i) {
      packets.push_back(metop_packet(apid, i, at("2026-05-12T08:57:00Z") + Milliseconds(375 * i), 60));
      Bytes& bytes = packets.back().bytes;
      bytes.resize(58);
      append_u16(bytes, crc16_ccitt(bytes));
    }
    packets[2].bytes[30] ^= 0x80;
    CollectingSink sink;
    auto archive = archive_of(gome ? kGome2Definition : kIasiDefinition, context);
    push_all(*archive, packets, sink);
    EXPECT_EQ(archive->losses().dropped(DropReason::packet_checksum).units, gome ? 1U : 4U);
    ASSERT_EQ(sink.granules.size(), gome ? 1U : 0U);
    if (gome) {
      EXPECT_EQ(sink.granules[0].checksum, "xor_16 or crc_16 over the packet");
      EXPECT_EQ(sink.granules[0].provenance.packets, 3U);
    }
  }
}

TEST(PacketArchive, ADamagedPacketAloneMakesNoArchive) {
  const PassContext context = metop_context();
  Made packet = metop_packet(384, 5, at("2026-05-12T08:57:00Z"), 60);
  packet.bytes[30] ^= 0x80;
  CollectingSink sink;
  auto archive = archive_of(kGome2Definition, context);
  push_all(*archive, {packet}, sink);
  EXPECT_TRUE(sink.granules.empty());
  EXPECT_EQ(archive->losses().dropped(DropReason::packet_checksum).units, 1U);
}

TEST(PacketArchive, ATimeThatNothingAgreesWithIsDroppedAndClosesNothing) {
  const PassContext context = metop_context();
  std::vector<Made> packets = iasi_pass(at("2026-05-12T08:57:00Z"), 40);
  packets.insert(packets.begin() + 80, metop_packet(130, 9, at("2031-01-01T00:00:00Z"), 60));
  CollectingSink sink;
  auto archive = archive_of(kIasiDefinition, context);
  push_all(*archive, packets, sink);
  ASSERT_EQ(sink.granules.size(), 1U);
  EXPECT_EQ(sink.granules[0].packets.size(), 160U);
  EXPECT_EQ(archive->losses().dropped(DropReason::packet_time).units, 1U);
}

TEST(PacketArchive, PacketsMinutesApartBelongTogether) {
  const PassContext context = metop_context();
  const UtcTime start = at("2026-05-12T09:00:00Z");
  CollectingSink sink;
  auto archive = archive_of(kAdministrativeDefinition, context);
  push_all(*archive,
           {metop_packet(6, 1, start + Seconds(10), 200), metop_packet(6, 2, start + Seconds(700), 180),
            metop_packet(6, 3, start + Seconds(1390), 220)},
           sink);
  ASSERT_EQ(sink.granules.size(), 2U);
  EXPECT_THAT(times_of(sink.granules[0]), ElementsAre("2026-05-12T09:00:10Z", "2026-05-12T09:11:40Z"));
}

TEST(PacketArchive, ALatePacketIsCounted) {
  const PassContext context = metop_context();
  std::vector<Made> packets = iasi_pass(at("2026-05-12T08:57:00Z"), 1200);
  const Made late = metop_packet(150, 1, at("2026-05-12T08:57:01Z"), 60);
  packets.insert(packets.end() - 4, late);
  CollectingSink sink;
  auto archive = archive_of(kIasiDefinition, context);
  push_all(*archive, packets, sink);
  EXPECT_EQ(archive->losses().dropped(DropReason::late_packet).units, 1U);
  EXPECT_TRUE(archive->losses().balanced());
}

TEST(PacketArchive, APacketOfAnotherLengthIsKeptAndMarked) {
  const PassContext context = metop_context();
  CollectingSink sink;
  auto archive = archive_of(kGome2Definition, context);
  push_all(*archive,
           {metop_packet(384, 0, at("2026-05-12T08:57:00Z"), 18738),
            metop_packet(384, 1, at("2026-05-12T08:57:00.375Z"), 18740)},
           sink);
  ASSERT_EQ(sink.granules.size(), 1U);
  EXPECT_FALSE(sink.granules[0].packets[0].length_unexpected);
  EXPECT_TRUE(sink.granules[0].packets[1].length_unexpected);
}

TEST(PacketArchive, APacketWithoutATimeIsNotAccepted) {
  const PassContext context = metop_context();
  auto archive = archive_of(kSemDefinition, context);
  Made made = metop_packet(37, 0, at("2026-05-12T08:57:00Z"), 662);
  link::Packet packet = made.packet();
  packet.has_secondary_header = false;
  CollectingSink sink;
  EXPECT_EQ(archive->push(packet, sink).value(), Accepted::no);
  EXPECT_EQ(archive->losses().units_in, 0U);
}

TEST(PacketArchive, WithoutATimeCodeInTheProfileThereIsNoArchive) {
  PassContext context = metop_context();
  context.profile.packet_time.reset();
  const auto archive = Archive::create(kIasiDefinition, context);
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().kind, ErrorKind::config);
}

TEST(PacketArchive, AnOutlineNeedsAnOrbit) {
  PassContext context = metop_context();
  CollectingSink without, with;
  const std::vector<Made> packets = iasi_pass(at("2026-05-12T08:57:00Z"), 400);
  push_all(*archive_of(kIasiDefinition, context), packets, without);
  EXPECT_FALSE(without.granules[0].footprint);
  EXPECT_FALSE(without.granules[0].ungeolocated_reason.empty());

  context.orbits = std::make_shared<calibrate::OrbitBook>(testing::kMetopElements, context.profile.norad_id);
  push_all(*archive_of(kIasiDefinition, context), packets, with);
  ASSERT_TRUE(with.granules[0].footprint) << with.granules[0].ungeolocated_reason;
  EXPECT_EQ(with.granules[0].footprint->polygons.size(), 1U);
  EXPECT_EQ(with.granules[0].provenance.attitude_model, "yaw-steering");
}

TEST(PacketArchive, AscatLooksToBothSides) {
  PassContext context = metop_context();
  context.orbits = std::make_shared<calibrate::OrbitBook>(testing::kMetopElements, context.profile.norad_id);
  std::vector<Made> packets;
  const UtcTime start = at("2026-05-12T08:57:00Z");
  for (int i = 0; i < 60; ++i) packets.push_back(metop_packet(208, i, start + Seconds(2) * i, 668));
  CollectingSink sink;
  push_all(*archive_of(kAscatDefinition, context), packets, sink);
  ASSERT_TRUE(sink.granules[0].footprint);
  const auto& outline = *sink.granules[0].footprint;
  ASSERT_EQ(outline.polygons.size(), 2U);
  // The swaths lie 650 to 720 km apart, and neither holds the track between them.
  double nearest_km = 1e9;
  for (const auto& a : outline.polygons[0]) {
    for (const auto& b : outline.polygons[1]) nearest_km = std::min(nearest_km, testing::distance_km(a, b));
  }
  EXPECT_NEAR(nearest_km, 672, 30);
  for (const auto& ring : outline.polygons) {
    for (const auto& point : ring) {
      EXPECT_LE(outline.bbox[1], point.latitude_deg);
      EXPECT_GE(outline.bbox[3], point.latitude_deg);
    }
  }
}

TEST(PacketArchive, SemHasATrack) {
  PassContext context = metop_context();
  context.orbits = std::make_shared<calibrate::OrbitBook>(testing::kMetopElements, context.profile.norad_id);
  std::vector<Made> packets;
  const UtcTime start = at("2026-05-12T08:45:00Z");
  for (int i = 0; i < 20; ++i) packets.push_back(metop_packet(37, i, start + Seconds(32) * i, 662));
  CollectingSink sink;
  push_all(*archive_of(kSemDefinition, context), packets, sink);
  ASSERT_EQ(sink.granules.size(), 1U);
  EXPECT_FALSE(sink.granules[0].footprint);
  ASSERT_EQ(sink.granules[0].track.size(), 1U);
  const auto& track = sink.granules[0].track.front();
  // 608 s at 6.6 km/s over the ground.
  EXPECT_NEAR(testing::distance_km(track.front(), track.back()), 4000, 150);
}

Accepted push_tip(Archive& archive, const Bytes& bytes, GranuleSink& sink) {
  link::Packet packet;
  packet.kind = link::PacketKind::tip_frame;
  packet.apid = link::kTipApid;
  packet.bytes = bytes;
  return archive.push(packet, sink).value();
}

TEST(PacketArchive, TakesItsOctetsOutOfTipMinorFramesOverTheTurnOfTheYear) {
  const PassContext context = testing::noaa_context();
  CollectingSink sink;
  const auto archive = archive_of(kSemDefinition, context);
  // Half a second: 318 and 319 of a major frame, then 1 of the next; 0 is missing.
  EXPECT_EQ(push_tip(*archive, testing::tip_packet(3, 365, 86'399'600, 318), sink), Accepted::yes);
  EXPECT_EQ(push_tip(*archive, testing::tip_packet(4, 365, 86'399'500, 319), sink), Accepted::yes);
  EXPECT_EQ(push_tip(*archive, testing::tip_packet(1, 1, 0, 1), sink), Accepted::yes);
  EXPECT_EQ(push_tip(*archive, testing::tip_packet(2, 1, 0, 320), sink), Accepted::yes);  // no such counter
  ASSERT_TRUE(archive->flush(sink));
  ASSERT_EQ(sink.granules.size(), 2U);
  EXPECT_THAT(times_of(sink.granules[0]), ElementsAre("2009-12-31T23:59:59.900Z", "2009-12-31T23:59:59.900Z"));
  EXPECT_THAT(times_of(sink.granules[1]), ElementsAre("2010-01-01T00:00:00.100Z"));
  const Bytes expected = {15, 3, 0x01, 0x6D, 0x05, 0x26, 0x5A, 0x70, 0x01, 0x3E, 20, 21};
  EXPECT_EQ(sink.granules[0].packets[0].bytes, expected);
  EXPECT_EQ(sink.granules[1].packets[0].missing_before, 1U);
  EXPECT_EQ(archive->losses().dropped(DropReason::decoder_refused).units, 1U);
  EXPECT_TRUE(archive->losses().balanced());
}

TEST(PacketArchive, MinorFramesOfAipAreKeptWholeAndCountedToEighty) {
  const PassContext context = testing::noaa_context();
  CollectingSink sink;
  const auto archive = archive_of(kAipDefinition, context);
  const auto push = [&](std::uint8_t place, std::uint32_t millisecond, std::uint8_t counter) {
    Bytes bytes = testing::tip_packet(place, 365, millisecond, 0);
    bytes[link::kTipPacketHeaderBytes + 7] = counter;
    link::Packet packet;
    packet.kind = link::PacketKind::tip_frame;
    packet.apid = link::kAipApid;
    packet.bytes = bytes;
    EXPECT_EQ(archive->push(packet, sink).value(), Accepted::yes);
    return bytes;
  };
  const Bytes first = push(4, 86'300'333, 79);
  push(0, 86'300'833, 1);  // 0 is missing
  push(1, 86'300'833, 80);
  ASSERT_TRUE(archive->flush(sink));
  ASSERT_EQ(sink.granules.size(), 1U);
  EXPECT_EQ(sink.granules[0].packets[0].bytes, first);
  EXPECT_THAT(times_of(sink.granules[0]), ElementsAre("2009-12-31T23:58:20.400Z", "2009-12-31T23:58:20.500Z"));
  EXPECT_EQ(sink.granules[0].packets[1].missing_before, 1U);
  EXPECT_EQ(archive->losses().dropped(DropReason::decoder_refused).units, 1U);
}

TEST(PacketArchive, EveryInstrumentTakesTheOctetsThatTheGuideGivesIt) {
  const PassContext context = testing::noaa_context();
  std::set<std::uint8_t> taken;
  for (const Definition* definition : {&kHirsDefinition, &kSemDefinition, &kDcsDefinition}) {
    CollectingSink sink;
    const auto archive = archive_of(*definition, context);
    push_tip(*archive, testing::tip_packet(0, 365, 86'300'000, 7), sink);
    ASSERT_TRUE(archive->flush(sink));
    ASSERT_EQ(sink.granules.size(), 1U);
    const ArchivedPacket& record = sink.granules[0].packets[0];
    EXPECT_FALSE(record.length_unexpected);
    for (std::size_t i = 10; i < record.bytes.size(); ++i) {
      EXPECT_EQ(record.bytes[i], definition->tip_octets[i - 10]);
      EXPECT_TRUE(taken.insert(record.bytes[i]).second) << "one octet for two instruments: " << int{record.bytes[i]};
    }
  }
  EXPECT_EQ(taken.size(), 36U + 2 + 32);
  CollectingSink whole;
  const auto archive = archive_of(kTipDefinition, context);
  const Bytes packet = testing::tip_packet(0, 365, 86'300'000, 7);
  push_tip(*archive, packet, whole);
  ASSERT_TRUE(archive->flush(whole));
  EXPECT_EQ(whole.granules[0].packets[0].bytes, packet);
}

}  // namespace
}  // namespace dl::decoders::packet_archive
