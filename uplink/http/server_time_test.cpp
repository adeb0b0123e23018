#include "uplink/http/server_time.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

const UtcTime kTrue = parse_utc("2026-05-12T12:00:00Z").value();

// A station whose clock is ahead of the true time by `error`, and what it hears from a server with the true time.
struct Station {
  explicit Station(Microseconds clock_error) : error(clock_error), clock(kTrue + clock_error) {}
  // A request that takes `duration`; the server answers at its end.
  void ask(Microseconds duration) {
    const UtcTime sent = clock.now();
    clock.advance(duration);
    time.observe(std::chrono::floor<Seconds>(true_now()), sent, clock.now());
  }
  [[nodiscard]] UtcTime true_now() const { return clock.now() - error; }

  Microseconds error;
  ManualClock clock;
  ServerTime time{clock};
};

TEST(ServerTime, BeforeTheFirstAnswerIsTheStationsOwn) {
  const Station station(Seconds{7200});
  EXPECT_EQ(station.time.now(), station.clock.now());
  EXPECT_EQ(station.time.skew(), std::nullopt);
  EXPECT_FALSE(station.time.skewed());
}

TEST(ServerTime, WrongClockIsFoundAndCorrectedToASecond) {
  for (const Seconds error : {Seconds{1200}, Seconds{-1200}, Seconds{61 + 2}, -Seconds{1'778'587'200}}) {
    Station station(error);
    station.ask(Milliseconds{300});
    ASSERT_TRUE(station.time.skewed()) << error.count();
    EXPECT_LE(std::chrono::abs(*station.time.skew() - error), Seconds{1}) << error.count();
    station.clock.advance(Seconds{100});
    EXPECT_LE(std::chrono::abs(station.time.now() - station.true_now()), Milliseconds{1300}) << error.count();
  }
}

TEST(ServerTime, SmallDifferencesAreTheStationsBusiness) {
  Station station(Seconds{59});
  station.ask(Milliseconds{10});
  EXPECT_FALSE(station.time.skewed());
  EXPECT_EQ(station.time.now(), station.clock.now());
  EXPECT_GE(station.time.skew(), Seconds{58});
}

TEST(ServerTime, LongUploadDoesNotLookLikeAWrongClock) {
  Station station(Seconds{0});
  station.ask(Seconds{3600});
  EXPECT_FALSE(station.time.skewed());
  // Nor does it hide one that is known.
  Station wrong(Seconds{600});
  wrong.ask(Milliseconds{100});
  wrong.ask(Seconds{3600});
  EXPECT_LE(std::chrono::abs(*wrong.time.skew() - Seconds{600}), Seconds{1});
}

TEST(ServerTime, ClockThatIsSetRightIsBelievedAtOnce) {
  Station station(Seconds{-86400});
  station.ask(Milliseconds{100});
  ASSERT_TRUE(station.time.skewed());
  station.clock.step_wall_clock(Seconds{86400});
  EXPECT_FALSE(station.time.skewed());
  EXPECT_EQ(station.time.now(), station.clock.now());
}

TEST(ServerTime, ClockThatIsSetDuringARequestSaysNothing) {
  Station station(Seconds{0});
  station.time.observe(kTrue, kTrue + Seconds{5}, kTrue - Seconds{100});
  EXPECT_EQ(station.time.skew(), std::nullopt);
}

TEST(ServerTime, NewestAnswerHolds) {
  Station station(Seconds{600});
  station.ask(Milliseconds{100});
  station.time.observe(std::chrono::floor<Seconds>(station.clock.now()), station.clock.now(), station.clock.now());
  EXPECT_FALSE(station.time.skewed());
}

TEST(ServerTimes, ServerWithAWrongClockSpoilsNoSignatureForAnother) {
  ManualClock clock(kTrue);
  ServerTimes times(clock);
  times.of("https://storage.example.org").observe(kTrue, kTrue, kTrue);
  times.of("https://hooks.example.org/x?y").observe(kTrue - std::chrono::hours{2}, kTrue, kTrue);
  EXPECT_EQ(times.of("https://storage.example.org/b").now(), kTrue);
  const auto wrong = kTrue - std::chrono::hours{2};
  EXPECT_GE(times.of("https://hooks.example.org/z").now(), wrong);
  EXPECT_LE(times.of("https://hooks.example.org/z").now(), wrong + Seconds{1}) << "a Date header says whole seconds";
  EXPECT_FALSE(times.skewed()) << "one server agrees with us";
}

TEST(ServerTimes, StationIsWrongWhenNoServerAgrees) {
  ManualClock clock(kTrue + Seconds{1200});
  ServerTimes times(clock);
  EXPECT_EQ(times.skew(), std::nullopt);
  times.of("https://a").observe(kTrue, clock.now(), clock.now());
  times.of("https://b").observe(kTrue - Seconds{900}, clock.now(), clock.now());
  EXPECT_TRUE(times.skewed());
  EXPECT_EQ(times.skew(), Seconds{1199}) << "the smallest error that the whole seconds of a Date header allow";
}

}  // namespace
}  // namespace dl::uplink
