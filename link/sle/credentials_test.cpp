#include "link/sle/credentials.h"

#include <gtest/gtest.h>

#include "core/sha256.h"
#include "link/sle/time_code.h"

namespace dl::link::sle {
namespace {

using std::chrono::sys_days;

constexpr UtcTime kNow = sys_days(std::chrono::year{2026} / 5 / 12) + std::chrono::hours(12);
const Bytes kPassword = {0, 1, 2, 3};

TEST(Credentials, ProtectAsTheKnownAnswerDoes) {
  // ccsds-known-answers, sle_isp1: time 0, random 10, user "Test", password 00010203.
  const Bytes time_code(8, 0);
  EXPECT_EQ(to_hex(protect(time_code, 10, {"Test", kPassword}, Hash::sha1)),
            "6c06ff67a1092d5074a3399c16c0293633a31bf8");
  // The SHA-256 of the same DER, "30190408000000000000000002010a1a0454657374040400010203".
  EXPECT_EQ(to_hex(protect(time_code, 10, {"Test", kPassword}, Hash::sha256)),
            "3e3b6a42a56b9c9d4c23252392ba3985880940e7de963413015063713c3335a8");
}

TEST(Credentials, AreAcceptedOfWhoKnowsThePassword) {
  for (const Hash hash : {Hash::sha1, Hash::sha256}) {
    const Bytes credentials = make_credentials(kNow, kMostRandom, {"STATION", kPassword}, hash);
    EXPECT_TRUE(check_credentials(credentials, {"STATION", kPassword}, hash, kNow, Milliseconds(0)));
  }
}

TEST(Credentials, AreRefusedWithTheReason) {
  const Bytes credentials = make_credentials(kNow, 5, {"STATION", kPassword}, Hash::sha256);
  const auto reason = [&](ByteView bytes, const Identity& identity, Hash hash, UtcTime now) {
    const auto checked = check_credentials(bytes, identity, hash, now, Milliseconds(60'000));
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_EQ(reason({}, {"STATION", kPassword}, Hash::sha256, kNow),
            "'STATION' sent no credentials, though it has to prove itself");
  EXPECT_EQ(reason(credentials, {"STATION", as_bytes("other")}, Hash::sha256, kNow),
            "the credentials of 'STATION' are not made with the password that is configured for it");
  EXPECT_EQ(reason(credentials, {"STATIONX", kPassword}, Hash::sha256, kNow),
            "the credentials of 'STATIONX' are not made with the password that is configured for it");
  EXPECT_EQ(reason(credentials, {"STATION", kPassword}, Hash::sha1, kNow),
            "the credentials of 'STATION' have a hash of 32 bytes, expected 20 (SHA-1)");
  EXPECT_EQ(reason(credentials, {"STATION", kPassword}, Hash::sha256, kNow + Seconds(60)), "accepted");
  EXPECT_EQ(reason(credentials, {"STATION", kPassword}, Hash::sha256, kNow - Seconds(60)), "accepted");
  EXPECT_EQ(
      reason(credentials, {"STATION", kPassword}, Hash::sha256, kNow + Seconds(61)),
      "the credentials of 'STATION' are of 2026-05-12T12:00:00Z, it is 2026-05-12T12:01:01Z: more than 60 s apart; "
      "set the clocks");
}

TEST(Credentials, AreRefusedWithAnyBitTurned) {
  Bytes credentials = make_credentials(kNow, 5, {"STATION", kPassword}, Hash::sha256);
  for (std::size_t bit = 0; bit < credentials.size() * 8; ++bit) {
    credentials[bit / 8] = static_cast<Byte>(credentials[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(check_credentials(credentials, {"STATION", kPassword}, Hash::sha256, kNow, Milliseconds(60'000)))
        << bit;
    credentials[bit / 8] = static_cast<Byte>(credentials[bit / 8] ^ (1U << (bit % 8)));
  }
}

TEST(TimeCode, CountsFrom1958) {
  // ccsds-known-answers, cds_time.
  const Bytes known = {0x5A, 0x45, 0, 0, 0, 7, 0, 0x89};
  const auto time = decode_time(known);
  ASSERT_TRUE(time);
  EXPECT_EQ(format_utc(*time), "2021-04-09T00:00:00.007137Z");
  const auto encoded = encode_time(*time);
  EXPECT_EQ(to_hex(encoded), to_hex(known));
}

TEST(TimeCode, GoesThereAndBack) {
  for (const UtcTime time : {UtcTime(sys_days(std::chrono::year{1958} / 1 / 1)),
                             UtcTime(sys_days(std::chrono::year{1969} / 12 / 31)) + Microseconds(86'399'999'999),
                             UtcTime{}, kNow + Microseconds(1)}) {
    EXPECT_EQ(decode_time(encode_time(time)), time);
  }
}

TEST(TimeCode, CutsPicosecondsAndTakesALeapSecond) {
  const Bytes picoseconds = {0x5A, 0x45, 0, 0, 0, 7, 0x08, 0x2A, 0x73, 0xC0};  // 136 999 872 ps
  ASSERT_TRUE(decode_time(picoseconds));
  EXPECT_EQ(format_utc(*decode_time(picoseconds)), "2021-04-09T00:00:00.007136Z");
  const Bytes leap_second = {0x5A, 0x45, 0x05, 0x26, 0x5C, 0x00, 0, 0};  // 86 400 000 ms
  ASSERT_TRUE(decode_time(leap_second));
  EXPECT_EQ(format_utc(*decode_time(leap_second)), "2021-04-10T00:00:00Z");
  const Bytes too_late = {0x5A, 0x45, 0x05, 0x26, 0x5F, 0xE8, 0, 0};  // 86 401 000 ms
  EXPECT_FALSE(decode_time(too_late));
  const Bytes too_many_us = {0x5A, 0x45, 0, 0, 0, 0, 0x03, 0xE8};
  EXPECT_FALSE(decode_time(too_many_us));
  EXPECT_FALSE(decode_time(ByteView(too_many_us).first(7)));
}

}  // namespace
}  // namespace dl::link::sle
