#include "link/packets/time_code.h"

#include <gtest/gtest.h>

#include "link/packets/leap_seconds.h"

namespace dl::link {
namespace {

constexpr std::int32_t kDaysTo1958 = -4383;
constexpr std::int32_t kDaysTo1980January6 = 3657;
constexpr std::int32_t kDaysTo1993 = 8401;
constexpr std::int32_t kDaysTo2000 = 10957;

std::string time_of(const Bytes& bytes, const PacketTime& format) {
  const auto time = read_time(bytes, format, UtcTime{});
  return time ? format_utc(*time) : "none";
}

// Big-endian, in `bytes` bytes.
Bytes number(std::uint64_t value, unsigned bytes) {
  Bytes out;
  for (unsigned i = bytes; i > 0; --i) out.push_back(static_cast<Byte>(value >> (8 * (i - 1))));
  return out;
}

PacketTime cuc(std::int32_t epoch, unsigned coarse_bytes, unsigned fine_bytes, bool counts_leap_seconds = true) {
  PacketTime format;
  format.code = TimeCode::cuc;
  format.epoch_days_from_1970 = epoch;
  format.cuc_coarse_bytes = coarse_bytes;
  format.cuc_fine_bytes = fine_bytes;
  format.cuc_counts_leap_seconds = counts_leap_seconds;
  return format;
}

PacketTime cds(std::int32_t epoch, unsigned day_bytes, unsigned submillisecond_bytes) {
  PacketTime format;
  format.epoch_days_from_1970 = epoch;
  format.cds_day_bytes = day_bytes;
  format.cds_submillisecond_bytes = submillisecond_bytes;
  return format;
}

// known-answers.json, "cds_time": out of a real packet of NOAA-20.
TEST(TimeCode, CdsOfARealPacket) {
  EXPECT_EQ(time_of({0x5A, 0x45, 0, 0, 0, 7, 0, 0x89}, cds(kDaysTo1958, 2, 2)), "2021-04-09T00:00:00.007137Z");
}

TEST(TimeCode, CdsInAllItsLengths) {
  const Bytes noon = number(43'200'500, 4);
  const auto with = [&](Bytes day, const Bytes& finer) {
    day.insert(day.end(), noon.begin(), noon.end());
    day.insert(day.end(), finer.begin(), finer.end());
    return day;
  };
  EXPECT_EQ(time_of(with(number(1, 2), {}), cds(kDaysTo2000, 2, 0)), "2000-01-02T12:00:00.500Z");
  EXPECT_EQ(time_of(with(number(1, 2), number(999, 2)), cds(kDaysTo2000, 2, 2)), "2000-01-02T12:00:00.500999Z");
  EXPECT_EQ(time_of(with(number(1, 2), number(999'999'999, 4)), cds(kDaysTo2000, 2, 4)), "2000-01-02T12:00:00.500999Z");
  EXPECT_EQ(time_of(with(number(65'536, 3), {}), cds(kDaysTo2000, 3, 0)), "2179-06-07T12:00:00.500Z");
  EXPECT_EQ(time_of(with(number(1, 2), number(1000, 2)), cds(kDaysTo2000, 2, 2)), "none");
  EXPECT_EQ(time_of(with(number(1, 2), number(1'000'000'000, 4)), cds(kDaysTo2000, 2, 4)), "none");
  EXPECT_EQ(time_of(Bytes(7, 0), cds(kDaysTo2000, 2, 2)), "none");
  EXPECT_EQ(time_code_size(cds(0, 3, 4)), 11U);
}

TEST(TimeCode, CdsDayMayHaveALeapSecondAndNoMore) {
  Bytes bytes = number(6209, 2);  // 2016-12-31
  const Bytes last = number(86'400'999, 4);
  bytes.insert(bytes.end(), last.begin(), last.end());
  EXPECT_EQ(time_of(bytes, cds(kDaysTo2000, 2, 0)), "2017-01-01T00:00:00.999Z");
  bytes = number(6209, 2);
  const Bytes beyond = number(86'401'000, 4);
  bytes.insert(bytes.end(), beyond.begin(), beyond.end());
  EXPECT_EQ(time_of(bytes, cds(kDaysTo2000, 2, 0)), "none");
}

// data/README.md, sentinel1-isp: coarse time 1276273467 of GPS, here without the half unit of its fine time.
TEST(TimeCode, CucOfGpsTime) {
  Bytes bytes = number(1'276'273'467, 4);
  const Bytes fine = number(61'863, 2);
  bytes.insert(bytes.end(), fine.begin(), fine.end());
  EXPECT_EQ(time_of(bytes, cuc(kDaysTo1980January6, 4, 2)), "2020-06-15T16:24:09.943954Z");
}

TEST(TimeCode, CucOfTheEpochsThatSpacecraftUse) {
  // 2021-04-09T00:00:00 UTC: 23109 days after 1958, 37 s of TAI - UTC; 10325 days after 1993, 10 s since.
  EXPECT_EQ(time_of(number(23'109ULL * 86'400 + 37, 4), cuc(kDaysTo1958, 4, 0)), "2021-04-09T00:00:00Z");
  EXPECT_EQ(time_of(number(10'325ULL * 86'400 + 10, 4), cuc(kDaysTo1993, 4, 0)), "2021-04-09T00:00:00Z");
  EXPECT_EQ(time_of(number(10'325ULL * 86'400, 4), cuc(kDaysTo1993, 4, 0, false)), "2021-04-09T00:00:00Z");
}

TEST(TimeCode, CucInAllItsLengths) {
  for (unsigned coarse = 1; coarse <= 7; ++coarse) {
    for (unsigned fine = 0; fine <= 10; ++fine) {
      Bytes bytes = number(100, coarse);
      bytes.resize(coarse + fine, 0);
      if (fine > 0) bytes[coarse] = 0xC0;  // three quarters
      const PacketTime format = cuc(kDaysTo2000, coarse, fine);
      EXPECT_EQ(time_of(bytes, format), fine > 0 ? "2000-01-01T00:01:40.750Z" : "2000-01-01T00:01:40Z");
      EXPECT_EQ(time_code_size(format), bytes.size());
      bytes.pop_back();
      EXPECT_EQ(time_of(bytes, format), "none");
    }
  }
  EXPECT_EQ(time_of(Bytes(12, 0xFF), cuc(kDaysTo2000, 2, 10)).substr(20), "999999Z");
  EXPECT_EQ(time_of(Bytes(7, 0xFF), cuc(kDaysTo2000, 7, 0)), "none");  // 2 thousand million years
}

TEST(LeapSeconds, ClockThatCountsThemGoesThroughOne) {
  const UtcTime epoch = *parse_utc("2016-12-31T23:59:58Z");
  EXPECT_EQ(format_utc(after_epoch(epoch, Seconds{1})), "2016-12-31T23:59:59Z");
  EXPECT_EQ(format_utc(after_epoch(epoch, Seconds{2})), "2017-01-01T00:00:00Z");  // 23:59:60
  EXPECT_EQ(format_utc(after_epoch(epoch, Seconds{3})), "2017-01-01T00:00:00Z");
  EXPECT_EQ(format_utc(after_epoch(epoch, Seconds{4})), "2017-01-01T00:00:01Z");
}

}  // namespace
}  // namespace dl::link
