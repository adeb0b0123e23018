#include "tools/downlink-sim/feed.h"

#include <gtest/gtest.h>

#include <numeric>

namespace dl::sim {
namespace {

Bytes numbers(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), Byte{0});
  return bytes;
}

std::vector<std::size_t> piece_sizes(Feed& feed, std::size_t most) {
  std::vector<std::size_t> sizes;
  for (ByteView piece = feed.next(most); !piece.empty(); piece = feed.next(most)) sizes.push_back(piece.size());
  return sizes;
}

TEST(Feed, EndsAtEveryCutAndGoesOnBehindIt) {
  SendOptions options;
  options.cuts = {7, 3, 0, 10, 99};  // in any order; those outside are none
  const Bytes bytes = numbers(10);
  Feed feed(bytes, options);
  EXPECT_EQ(piece_sizes(feed, 2), (std::vector<std::size_t>{2, 1}));
  EXPECT_TRUE(feed.pass_cut());
  EXPECT_FALSE(feed.at_end());
  EXPECT_EQ(piece_sizes(feed, 100), (std::vector<std::size_t>{4}));
  EXPECT_TRUE(feed.pass_cut());
  EXPECT_EQ(piece_sizes(feed, 100), (std::vector<std::size_t>{3}));
  EXPECT_FALSE(feed.pass_cut());
  EXPECT_TRUE(feed.at_end());
  feed.rewind();
  EXPECT_EQ(piece_sizes(feed, 2), (std::vector<std::size_t>{2, 1}));
}

TEST(Feed, UnitsComeWithoutTheirMarkerAndTheLastMayBeShort) {
  SendOptions options;
  options.unit_bytes = 4;
  options.skip_bytes = 1;
  const Bytes bytes = numbers(10);
  Feed feed(bytes, options);
  const auto next = [&] {
    const ByteView unit = feed.next_unit();
    return Bytes(unit.begin(), unit.end());
  };
  EXPECT_EQ(next(), (Bytes{1, 2, 3}));
  EXPECT_EQ(next(), (Bytes{5, 6, 7}));
  EXPECT_EQ(next(), (Bytes{9}));
  EXPECT_TRUE(feed.at_end());
}

TEST(Feed, PauseLastsAsLongAsItIsToldAndComesOnce) {
  SendOptions options;
  options.pause_at = 5;
  options.pause_ms = 30;
  const Bytes bytes = numbers(10);
  const auto start = std::chrono::steady_clock::now();
  Feed feed(bytes, options);
  EXPECT_EQ(piece_sizes(feed, 100), (std::vector<std::size_t>{5, 5}));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
}

TEST(Feed, RateIsKept) {
  SendOptions options;
  options.rate_bits_per_s = 800'000;  // 100 bytes a millisecond
  const Bytes bytes(3000);
  const auto start = std::chrono::steady_clock::now();
  Feed feed(bytes, options);
  std::size_t count = 0;
  for (const std::size_t size : piece_sizes(feed, 1000)) count += size;
  EXPECT_EQ(count, 3000U);
  // The last piece is due when those before it are through.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
}

TEST(Endpoint, NamesAProtocolAndAPlace) {
  const auto endpoint = parse_endpoint("udp://[::1]:4936");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->scheme, "udp");
  EXPECT_EQ(endpoint->host, "::1");
  EXPECT_EQ(endpoint->port, "4936");
  for (const char* bad : {"", "udp", "udp://", "udp://host", "udp://:5", "udp://host:", "smoke://host:1"}) {
    const auto refused = parse_endpoint(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().kind, ErrorKind::config);
  }
}

}  // namespace
}  // namespace dl::sim
