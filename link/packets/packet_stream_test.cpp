#include "link/packets/packet_stream.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

#include "link/packets/packet_test_support.h"
#include "link/packets/time_code.h"
#include "link/test_data.h"

namespace dl::link::testing {
namespace {

struct StreamOutcome {
  std::vector<Packet> list;  // without bytes
  std::vector<Bytes> packets;
  LossLedger losses;
  std::vector<SequenceTracker::Row> rows;
};

StreamOutcome run_stream(ByteView input, const std::function<std::size_t()>& next_size, const Profile& profile = {}) {
  PacketStream stream(profile);
  PacketBatch batch;
  StreamOutcome result;
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) {
      result.packets.emplace_back(packet.bytes.begin(), packet.bytes.end());
      result.list.push_back(packet);
      result.list.back().bytes = {};
    }
    batch.clear();
  };
  while (!input.empty()) {
    const std::size_t size = std::min(std::max<std::size_t>(next_size(), 1), input.size());
    stream.push(input.first(size), kReceived, batch);
    collect();
    input = input.subspan(size);
  }
  stream.flush(batch);
  collect();
  result.losses = stream.losses();
  result.rows = stream.sequences().rows();
  EXPECT_TRUE(result.losses.balanced());
  EXPECT_EQ(result.losses.units_in, result.losses.units_out + result.losses.all_dropped().units);
  return result;
}

StreamOutcome run_stream(ByteView input) {
  return run_stream(input, [] { return std::size_t{65536}; });
}

// Packets of five APIDs, each of which is among the first five, of random lengths and contents.
std::vector<Bytes> some_packets(std::mt19937& random, std::size_t count) {
  std::vector<Bytes> packets;
  std::map<std::uint16_t, std::uint16_t> counts;
  for (std::size_t i = 0; i < count; ++i) {
    SpacePacketHeader header;
    header.apid = static_cast<std::uint16_t>(100 + (i < 5 ? i : below(random, 5)));
    header.sequence_count = counts[header.apid]++;
    Bytes& packet = packets.emplace_back();
    append_space_packet(header, random_bytes(random, 1 + below(random, 400)), packet);
  }
  return packets;
}

TEST(PacketStream, PacketsBackToBackComeOutWhole) {
  std::mt19937 random(81);
  const std::vector<Bytes> packets = some_packets(random, 200);
  const Bytes input = joined(packets);
  const StreamOutcome outcome = run_stream(input);
  EXPECT_TRUE(outcome.packets == packets);
  EXPECT_EQ(outcome.losses.bytes_out, input.size());
  EXPECT_EQ(outcome.list[1].input_offset, packets[0].size());
  EXPECT_EQ(outcome.list[1].received_at, kReceived);
  EXPECT_TRUE(run_stream(input, [&] { return 1 + below(random, 300); }).packets == packets);
}

TEST(PacketStream, OnePacketIsAStream) {
  const Bytes packet = make_packet(5, 0, 100);
  EXPECT_EQ(run_stream(packet).packets.size(), 1U);
  const StreamOutcome cut = run_stream(ByteView(packet).first(60));
  EXPECT_TRUE(cut.packets.empty());
  EXPECT_EQ(cut.losses.dropped(DropReason::packet_cut_by_end).bytes, 60U);
}

TEST(PacketStream, NonsenseBetweenPacketsCostsNoPacket) {
  std::mt19937 random(82);
  for (int round = 0; round < 300; ++round) {
    std::vector<Bytes> parts = some_packets(random, 40);
    const std::vector<Bytes> packets = parts;
    const std::size_t at = 15 + below(random, 15);
    const Bytes nonsense = random_bytes(random, 1 + below(random, 3000));
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), nonsense);
    const StreamOutcome outcome = run_stream(joined(parts));
    ASSERT_TRUE(outcome.packets == packets) << "round " << round;
    ASSERT_EQ(outcome.losses.dropped(DropReason::no_packet_start).bytes, nonsense.size());
  }
}

TEST(PacketStream, NonsenseBeforeTheFirstPacketIsPassedOver) {
  std::mt19937 random(83);
  const std::vector<Bytes> packets = some_packets(random, 40);
  const StreamOutcome outcome = run_stream(joined({Bytes(500, 0xFF), joined(packets)}));
  EXPECT_TRUE(outcome.packets == packets);
  EXPECT_EQ(outcome.losses.dropped(DropReason::no_packet_start).bytes, 500U);
}

TEST(PacketStream, WrongLengthCostsOnePacket) {
  std::mt19937 random(84);
  for (int round = 0; round < 300; ++round) {
    std::vector<Bytes> packets = some_packets(random, 60);
    const std::size_t at = 15 + below(random, 15);
    const Bytes right = packets[at];
    packets[at][4] = static_cast<Byte>(random());
    packets[at][5] = static_cast<Byte>(random());
    if (packets[at] == right) continue;
    const Bytes input = joined(packets);
    const StreamOutcome outcome = run_stream(input);
    // The packet with the wrong length may come out too long or too short, but the others are all there.
    ASSERT_GE(outcome.packets.size(), packets.size() - 1) << "round " << round;
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(at));
    std::size_t found = 0;
    for (const Bytes& packet : outcome.packets) found += found < packets.size() && packet == packets[found] ? 1 : 0;
    ASSERT_EQ(found, packets.size()) << "round " << round;
  }
}

TEST(PacketStream, CutAtEveryByteCostsThePacketsThatItTouches) {
  std::mt19937 random(85);
  const std::vector<Bytes> packets = some_packets(random, 30);
  const Bytes input = joined(packets);
  std::size_t start = 0;
  for (std::size_t i = 0; i < 12; ++i) start += packets[i].size();
  for (std::size_t from = start; from < start + packets[12].size(); ++from) {
    Bytes cut = input;
    cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(from), cut.begin() + static_cast<std::ptrdiff_t>(from + 20));
    const StreamOutcome outcome = run_stream(cut);
    ASSERT_GE(outcome.packets.size(), packets.size() - 2) << "cut at " << from - start;
    ASSERT_TRUE(outcome.packets.back() == packets.back());
    ASSERT_LE(outcome.losses.dropped(DropReason::packet_header).units, 2U);
  }
}

TEST(PacketStream, RandomDamageAddsUpHoweverItIsChopped) {
  std::mt19937 random(86);
  for (int round = 0; round < 60; ++round) {
    Bytes input = joined(some_packets(random, 50));
    for (std::size_t damages = below(random, 30); damages > 0; --damages) {
      const std::size_t at = below(random, input.size());
      if (below(random, 2) == 0) {
        input[at] = static_cast<Byte>(random());
      } else {
        input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    const StreamOutcome whole = run_stream(input);
    const StreamOutcome chopped = run_stream(input, [&] { return 1 + below(random, 700); });
    ASSERT_TRUE(chopped.packets == whole.packets) << "round " << round;
    ASSERT_EQ(whole.losses.bytes_in, input.size());
    ASSERT_EQ(chopped.losses.all_dropped().bytes, whole.losses.all_dropped().bytes);
  }
}

TEST(PacketStream, BytesAtRandomGiveNoPackets) {
  std::mt19937 random(87);
  const StreamOutcome outcome = run_stream(random_bytes(random, 1 << 20));
  EXPECT_LE(outcome.losses.units_out, 3U);
}

TEST(PacketStream, SkippedStretchCutsThePacketInProgress) {
  std::mt19937 random(88);
  const std::vector<Bytes> packets = some_packets(random, 30);
  const Bytes input = joined(packets);
  PacketStream stream(Profile{});
  PacketBatch batch;
  stream.push(ByteView(input).first(2000), kReceived, batch);
  batch.clear();
  stream.skip(500, DropReason::quarantined, batch);
  batch.clear();
  stream.push(ByteView(input).subspan(2500), kReceived, batch);
  batch.clear();
  stream.flush(batch);
  ASSERT_FALSE(batch.empty());
  EXPECT_EQ(stream.losses().bytes_in, input.size());
  EXPECT_TRUE(stream.losses().balanced());
  EXPECT_EQ(stream.losses().dropped(DropReason::quarantined).bytes, 500U);
  EXPECT_EQ(batch.packets().back().input_offset + packets.back().size(), input.size());
}

// Figures: data/README.md, ctim-packets.
TEST(PacketStream, RecordingOfCtimHasThePacketsThatAreStated) {
  DL_RECORDING(input, "data/ctim-packets/ccsds_2021_155_14_39_51");
  const StreamOutcome outcome = run_stream(input);
  EXPECT_EQ(outcome.list.size(), 1499U);
  EXPECT_EQ(outcome.losses.bytes_out, 1321066U);
  std::map<std::uint16_t, std::uint64_t> packets;
  for (const SequenceTracker::Row& row : outcome.rows) {
    packets[row.apid] = row.counts.packets;
    EXPECT_EQ(row.counts.gaps, row.apid == 20 ? 4U : 0U) << "APID " << row.apid;
  }
  const std::map<std::uint16_t, std::uint64_t> stated = {{1, 104}, {20, 6},    {32, 104}, {33, 1}, {34, 1},
                                                         {39, 1},  {41, 1147}, {42, 72},  {47, 63}};
  EXPECT_EQ(packets, stated);
}

// Figures: data/README.md, noaa20-spacecraft-diary.
TEST(PacketStream, SpacecraftDiaryOfNoaa20HasPacketsAndTimesAsStated) {
  DL_RECORDING(input, "data/noaa20-spacecraft-diary/J01_G011_LZ_2021-04-09T00-00-00Z_V01.DAT1");
  const StreamOutcome outcome = run_stream(input);
  ASSERT_EQ(outcome.list.size(), 7200U);
  EXPECT_EQ(outcome.list.front().sequence_count, 2606);
  EXPECT_EQ(outcome.list.back().sequence_count, 9805);
  ASSERT_EQ(outcome.rows.size(), 1U);
  EXPECT_EQ(outcome.rows[0].counts.gaps, 0U);
  PacketTime format;
  format.epoch_days_from_1970 = -4383;
  const auto time = [&](const Bytes& packet) {
    return format_utc(read_time(ByteView(packet).subspan(kPacketHeaderBytes), format, UtcTime{}).value());
  };
  EXPECT_EQ(time(outcome.packets.front()), "2021-04-09T00:00:00.007137Z");
  EXPECT_EQ(time(outcome.packets.back()), "2021-04-09T01:59:59.005260Z");
}

}  // namespace
}  // namespace dl::link::testing
