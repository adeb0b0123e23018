#include "decoders/metop_admin/decoder.h"

#include <gtest/gtest.h>

#include "decoders/metop_admin/admin_message.h"
#include "decoders/metop_admin/admin_message_test_sets.h"

namespace dl::decoders::metop_admin {
namespace {

using testing::kMetopB;
using testing::kNoaa20;

const UtcTime kTime = *parse_utc("2020-09-26T20:00:00Z");

class NoSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule) override { return {}; }
};

class MetopAdminDecoder : public ::testing::Test {
 protected:
  MetopAdminDecoder() {
    context_.profile.norad_id = 38771;
    context_.orbits = std::make_shared<calibrate::OrbitBook>("", 38771);
  }

  Accepted push(const Bytes& bytes, std::uint16_t apid = kApid) {
    link::Packet packet;
    packet.apid = apid;
    packet.bytes = bytes;
    return decoder().push(packet, sink_).value();
  }
  Decoder& decoder() {
    if (!decoder_) decoder_.emplace(context_);
    return *decoder_;
  }
  bool located() const { return context_.orbits->choose(kTime, kTime).has_value(); }

  PassContext context_;
  NoSink sink_;
  std::optional<Decoder> decoder_;
};

Bytes message(const std::string& text) {
  return encode_admin_packet(calibrate::parse_element_sets(text).sets, kTime, 1);
}

TEST_F(MetopAdminDecoder, AMessageGivesThePassItsOrbit) {
  EXPECT_FALSE(located());
  EXPECT_EQ(push(message(kNoaa20 + kMetopB)), Accepted::yes);
  ASSERT_TRUE(located());
  EXPECT_EQ(context_.orbits->choose(kTime, kTime).value()->source().kind, calibrate::OrbitKind::metop_admin_message);
  EXPECT_EQ(decoder().losses().units_out, 1U);
  EXPECT_TRUE(decoder().losses().balanced());
}

TEST_F(MetopAdminDecoder, AMessageAboutOthersIsReadAndChangesNothing) {
  push(message(kNoaa20));
  EXPECT_FALSE(located());
  EXPECT_EQ(decoder().losses().units_out, 1U);
}

TEST_F(MetopAdminDecoder, DamagedAndImplausibleMessagesAreCountedAndNotUsed) {
  Bytes damaged = message(kMetopB);
  damaged[200] ^= 0xFF;
  push(damaged);
  EXPECT_EQ(decoder().losses().dropped(DropReason::packet_checksum).units, 1U);
  EXPECT_FALSE(located());
  push(message(kMetopB));
  std::string elsewhere = kMetopB;
  elsewhere.replace(elsewhere.find(" 30.5251"), 8, " 90.5251");
  push(message(elsewhere));
  EXPECT_EQ(decoder().losses().dropped(DropReason::orbit_implausible).units, 1U);
  EXPECT_EQ(context_.orbits->choose(kTime, kTime).value()->source().line2.substr(43, 8), " 30.5251");
  EXPECT_EQ(decoder().losses().units_out, 1U);
  EXPECT_TRUE(decoder().losses().balanced());
}

TEST_F(MetopAdminDecoder, OtherPacketsAreNotTaken) {
  EXPECT_EQ(push(message(kMetopB), 34), Accepted::no);
  EXPECT_EQ(decoder().losses().units_in, 0U);
}

}  // namespace
}  // namespace dl::decoders::metop_admin
