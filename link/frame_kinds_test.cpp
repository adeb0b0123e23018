// Frames of every kind, with every field that can stand around their data, through the whole chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frame_encoder.h"
#include "link/frames/aos_frame.h"
#include "link/frames/tm_frame.h"
#include "link/frames/uslp_frame.h"
#include "link/packets/space_packet.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

Profile of_kind(FrameKind kind) {
  Profile profile = snpp_profile();
  profile.frame_kind = kind;
  if (kind == FrameKind::tm) {
    profile.frame_version = kTmVersion;
    profile.scid = 0x2EA;
    profile.idle_vcids = {7};
  }
  if (kind == FrameKind::uslp) {
    profile.frame_version = kUslpVersion;
    profile.scid = 0xBEEF;
  }
  return profile;
}

// `fields`: which of the optional ones the frames have, a bit each.
Profile with_fields(FrameKind kind, unsigned fields) {
  Profile profile = of_kind(kind);
  profile.operational_control = (fields & 1) != 0;
  profile.frame_error_control = (fields & 2) != 0;
  if (kind != FrameKind::tm && (fields & 4) != 0) profile.insert_zone_bytes = 11;
  if (kind == FrameKind::aos && (fields & 8) != 0) {
    profile.header_error_control = true;
    profile.extended_scid = true;
    profile.scid = 435;
  }
  return profile;
}

Bytes packet_of(std::size_t size, std::uint16_t count, std::mt19937& random) {
  SpacePacketHeader header;
  header.apid = 321;
  header.sequence_count = count & 0x3FFF;
  Bytes packet;
  append_space_packet(header, random_bytes(random, size), packet);
  return packet;
}

struct Sent {
  Bytes cadus;
  Bytes packets;
  std::size_t count = 0;
};

Sent send(const Profile& profile, std::mt19937& random, std::size_t packets) {
  FrameEncoder encoder(profile);
  encoder.set_counter(3, 250);
  encoder.set_operational_control(0x01020304);
  Sent sent;
  for (; sent.count < packets; ++sent.count) {
    const Bytes packet = packet_of(1 + below(random, 3000), static_cast<std::uint16_t>(sent.count), random);
    append(sent.packets, packet);
    encoder.add_packet(3, packet, sent.cadus);
    if (below(random, 6) == 0) encoder.add_idle_frame(sent.cadus);
  }
  encoder.complete_frame(3, sent.cadus);
  return sent;
}

void expect_whole(const Outcome& received, const Sent& sent) {
  EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(received.packets, sent.packets);
  EXPECT_EQ(received.list.size(), sent.count);
  EXPECT_EQ(received.gaps(), 0U);
  EXPECT_EQ(received.report.packets().lost().bytes, 0U);
}

TEST(FrameKinds, PacketsComeBackThroughEveryKindOfFrameWithEveryField) {
  std::mt19937 random(81);
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp}) {
    for (unsigned fields = 0; fields < 16; ++fields) {
      SCOPED_TRACE(::testing::Message() << "kind " << static_cast<int>(kind) << ", fields " << fields);
      const Profile profile = with_fields(kind, fields);
      const Sent sent = send(profile, random, 40);
      expect_whole(run(profile, sent.cadus), sent);
    }
  }
}

TEST(FrameKinds, EveryFormOfInputGivesTheSamePackets) {
  std::mt19937 random(82);
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp}) {
    const Profile profile = with_fields(kind, 3);
    for (const InputForm form : {InputForm::bits, InputForm::codeblocks, InputForm::frames}) {
      const Profile received = profile.received_as(form);
      const Sent sent = send(received, random, 30);
      expect_whole(run(received, sent.cadus), sent);
    }
  }
}

TEST(FrameKinds, PacketsAloneAreTakenToo) {
  std::mt19937 random(83);
  const Profile profile = of_kind(FrameKind::aos).received_as(InputForm::packets);
  const Sent sent = send(of_kind(FrameKind::aos), random, 60);
  const Outcome received = run(profile, sent.packets, [&] { return 1 + below(random, 500); });
  EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(received.packets, sent.packets);
  EXPECT_EQ(received.report.bytes_in(), sent.packets.size());
}

TEST(FrameKinds, MarkerThatEndsInsideAByteIsTakenOff) {
  std::mt19937 random(84);
  Profile profile = of_kind(FrameKind::aos);
  profile.code = ReedSolomonCode::none;
  profile.frame_error_control = true;
  profile.marker = 0xA116FD719D83C95;
  profile.marker_bits = 60;
  profile.cadu_size_bytes = 308;
  profile.cadu_size_bits = 60 + 8 * 300;
  Profile unmarked = profile.received_as(InputForm::codeblocks);
  const Sent sent = send(unmarked, random, 40);
  Bits bits;
  const Bits codeblocks = to_bits(sent.cadus);
  for (std::size_t at = 0; at < codeblocks.size(); at += 2400) {
    for (int i = 59; i >= 0; --i) bits.push_back((profile.marker >> i & 1) != 0);
    bits.insert(bits.end(), codeblocks.begin() + static_cast<std::ptrdiff_t>(at),
                codeblocks.begin() + static_cast<std::ptrdiff_t>(at + 2400));
  }
  expect_whole(run(profile, to_bytes(bits)), sent);
}

// NOAA HRPT: 11090 words of 10 bits, the first six of them the marker; two minor frames are no whole number of bytes
// apart, and nothing but the stream itself says whether one is missing.
TEST(FrameKinds, MinorFramesOfHrptComeOutWholeAndShowWhereSomeAreMissing) {
  std::mt19937 random(91);
  Profile profile;
  profile.frame_kind = FrameKind::minor_frame;
  profile.frame_version = 0;
  profile.idle_vcids = {};
  profile.marker = 0xA116FD719D83C95;
  profile.marker_bits = 60;
  profile.cadu_size_bits = 110900;
  profile.cadu_size_bytes = 13863;
  profile.randomizer = Randomizer::none;
  profile.code = ReedSolomonCode::none;
  std::vector<Bytes> minor_frames;
  Bits bits;
  for (int i = 0; i < 12; ++i) {
    minor_frames.push_back(random_bytes(random, 13855));
    if (i == 7) continue;
    for (int bit = 59; bit >= 0; --bit) bits.push_back((profile.marker >> bit & 1) != 0);
    const Bits body = to_bits(minor_frames.back());
    bits.insert(bits.end(), body.begin(), body.end());
    // A stretch of noise in which the receiver lost the signal for more than the flywheel.
    if (i == 4) {
      for (int noise = 0; noise < 700'000; ++noise) bits.push_back((random() & 1) != 0);
    }
  }
  const Outcome received = run(profile, to_bytes(bits));
  EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
  std::size_t good = 0;
  std::size_t at = 0;
  for (const Packet& packet : received.list) {
    EXPECT_EQ(packet.kind, PacketKind::frame_data);
    EXPECT_EQ(packet.apid, 0);
    const ByteView bytes = ByteView(received.packets).subspan(at, 13855);
    at += 13855;
    const bool is_sent = std::any_of(minor_frames.begin(), minor_frames.end(), [&](const Bytes& sent) {
      return std::equal(sent.begin(), sent.end(), bytes.begin(), bytes.end());
    });
    good += is_sent ? 1 : 0;
  }
  EXPECT_EQ(good, 11U);
  EXPECT_TRUE(received.list.front().gap_before);
  EXPECT_EQ(std::count_if(received.list.begin(), received.list.end(), [](const Packet& p) { return p.gap_before; }), 2);
}

// operations.md section 7, 1: packets are never spliced over a gap.
TEST(FrameKinds, FramesThatAreMissingAreAGapInTheirChannelAndInTheMasterChannel) {
  std::mt19937 random(85);
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp}) {
    const Profile profile = of_kind(kind);
    Sent sent = send(profile, random, 60);
    const auto cut = sent.cadus.begin() + 20 * 1024;
    sent.cadus.erase(cut, cut + 3 * 1024);
    const Outcome received = run(profile, sent.cadus);
    EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
    EXPECT_EQ(received.gaps(), 1U);
    EXPECT_LT(received.list.size(), sent.count);
    // What came is of what was sent, packet by packet.
    std::size_t at = 0;
    for (const Packet& packet : received.list) at += packet.sequence_count < sent.count ? 1 : 0;
    EXPECT_EQ(at, received.list.size());
    if (kind != FrameKind::tm) continue;
    ASSERT_TRUE(received.report.master_channel);
    EXPECT_EQ(received.report.master_channel->gaps, 1U);
    EXPECT_EQ(received.report.master_channel->frames_lost, 3U);
  }
}

// operations.md section 7, 3: a frame counts only if every one of its codewords does, and losses are never negative.
TEST(FrameKinds, FrameOfWhichOneCodewordFailsIsNotUsed) {
  std::mt19937 random(86);
  const Profile profile = of_kind(FrameKind::tm);
  Sent sent = send(profile, random, 60);
  for (std::size_t i = 0; i < 20; ++i) sent.cadus[10 * 1024 + 4 + 4 * i + 2] ^= 0x55;  // of the third codeword only
  const Outcome received = run(profile, sent.cadus);
  EXPECT_EQ(received.dropped(DropReason::rs_uncorrectable), 1U);
  EXPECT_EQ(received.report.codewords.uncorrectable, 1U);
  EXPECT_EQ(received.report.master_channel->frames_lost, 1U);
}

// operations.md section 7, 16: a replay without its fill frames counts no loss, whatever the scope of a counter is.
TEST(FrameKinds, ReplayWithoutIdleFramesMissesNothing) {
  std::mt19937 random(87);
  const Profile profile = of_kind(FrameKind::aos);
  FrameEncoder encoder(profile);
  Bytes cadus;
  for (int i = 0; i < 200; ++i) {
    Bytes idle;
    encoder.add_idle_frame(idle);  // goes nowhere
    encoder.add_packet(3, packet_of(700, static_cast<std::uint16_t>(i), random), cadus);
  }
  const Outcome received = run(profile, cadus);
  EXPECT_EQ(received.frames_lost(), 0U);
  EXPECT_EQ(received.gaps(), 0U);
}

// A spacecraft whose counter has frozen: packets go on from frame to frame all the same.
TEST(FrameKinds, FrozenCounterCostsOnePacketAtMost) {
  std::mt19937 random(92);
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp}) {
    const Profile profile = of_kind(kind);
    FrameEncoder encoder(profile);
    Bytes cadus;
    constexpr std::size_t kPackets = 200;
    for (std::uint16_t i = 0; i < kPackets; ++i) {
      encoder.set_counter(3, 77);
      encoder.add_packet(3, packet_of(700, i, random), cadus);  // no more than one frame comes out
    }
    encoder.complete_frame(3, cadus);
    const Outcome received = run(profile, cadus);
    EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
    EXPECT_GE(received.list.size(), kPackets - 1);
    EXPECT_EQ(received.frames_lost(), 0U);
    EXPECT_GT(received.report.virtual_channels[0].counts.frozen_frames, 100U);
  }
}

// Each MAP of a USLP channel is a stream of its own, and a gap in the channel is one in each of them.
TEST(FrameKinds, MapsOfAUslpChannelDoNotMix) {
  Profile profile = of_kind(FrameKind::uslp);
  profile = profile.received_as(InputForm::frames);
  std::mt19937 random(88);
  const std::size_t size = profile.frame_size_bytes();
  const std::size_t zone = size - 8 - 3;
  std::array<Bytes, 2> streams;
  for (std::uint16_t i = 0; i < 40; ++i) append(streams[i % 2], packet_of(900, i, random));
  Bytes input;
  for (std::uint8_t count = 0; count < 30; ++count) {
    const std::uint8_t map = count % 2;
    const std::size_t start = std::size_t{count} / 2 * zone;
    const std::size_t first = (906 - start % 906) % 906;
    Bytes frame(size);
    write_uslp_header({.scid = profile.scid,
                       .vcid = 5,
                       .map_id = map,
                       .frame_size_bytes = static_cast<std::uint32_t>(size),
                       .sequence_controlled = false,
                       .counter_bytes = 1,
                       .counter = count},
                      frame);
    write_uslp_data_field_header({.pointer = first < zone ? static_cast<std::uint16_t>(first) : kUslpNoPointer},
                                 std::span<Byte>(frame).subspan(8));
    std::copy_n(streams[map].begin() + static_cast<std::ptrdiff_t>(start), zone, frame.begin() + 11);
    if (count != 17) append(input, frame);
  }
  const Outcome received = run(profile, input);
  EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(received.frames_lost(), 1U);
  EXPECT_EQ(received.report.packets().dropped(DropReason::packet_header).units, 0U);
  // The packet in progress of either MAP is cut by the gap, and nothing else: each lost what two frames can cut.
  EXPECT_EQ(received.report.packets().dropped(DropReason::packet_cut_by_gap).units, 2U);
}

TEST(FrameKinds, StationThatCallsUncodedFramesErredKeepsThemOut) {
  std::mt19937 random(89);
  const Profile profile = of_kind(FrameKind::aos).received_as(InputForm::frames);
  const Sent sent = send(profile, random, 20);
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  const ByteView input = sent.cadus;
  const std::size_t size = profile.frame_size_bytes();
  for (std::size_t at = 0; at < input.size(); at += size) {
    batch.clear();
    const StationVerdict verdict = at / size == 5 ? StationVerdict::erred : StationVerdict::good;
    pipeline.push(input.subspan(at, size), kReceived, batch, verdict);
    for (const Packet& packet : batch.packets()) EXPECT_NE(packet.quality.station, StationVerdict::erred);
  }
  batch.clear();
  pipeline.flush(batch);
  const LinkReport report = pipeline.report();
  EXPECT_EQ(report.headers.dropped(DropReason::station_erred).units, 1U);
  EXPECT_THAT(report.imbalances(), ::testing::IsEmpty());
}

TEST(FrameKinds, FramesOfRandomContentOfEveryKindAlwaysAddUp) {
  std::mt19937 random(90);
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp, FrameKind::minor_frame}) {
    for (unsigned round = 0; round < 8; ++round) {
      Profile profile = with_fields(kind, round & 13);  // without an FECF, which would refuse them all
      profile.header_error_control = false;
      profile.services = {{2, VirtualChannelService::access}, {4, VirtualChannelService::bitstream}};
      profile = profile.received_as(InputForm::frames);
      Bytes input;
      for (int i = 0; i < 400; ++i) {
        Bytes frame = random_bytes(random, profile.frame_size_bytes());
        const auto vcid = static_cast<std::uint8_t>(below(random, 6));
        if (kind == FrameKind::aos) {
          write_aos_header({.scid = profile.scid, .vcid = vcid, .counter = static_cast<std::uint32_t>(i)}, frame);
        } else if (kind == FrameKind::tm) {
          TmHeader header = parse_tm_header(frame);
          header.version = 0;
          header.scid = profile.scid;
          write_tm_header(header, frame);
        } else if (kind == FrameKind::uslp) {
          auto header = parse_uslp_header(frame);
          ASSERT_TRUE(header);
          header->version = kUslpVersion;
          header->scid = profile.scid;
          header->frame_size_bytes = static_cast<std::uint32_t>(frame.size() - (below(random, 5) == 0 ? 1 : 0));
          write_uslp_header(*header, frame);
        }
        append(input, frame);
      }
      const Outcome outcome = run(profile, input, [&] { return 1 + below(random, 5000); });
      ASSERT_THAT(outcome.report.imbalances(), ::testing::IsEmpty());
      EXPECT_EQ(outcome.report.sync.units_out, 400U);
    }
  }
}

}  // namespace
}  // namespace dl::link::testing
