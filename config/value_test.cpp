#include "config/value.h"

#include <gtest/gtest.h>

namespace dl::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Duration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("30 s"), Milliseconds(seconds(30)));
  EXPECT_EQ(parse_duration("30s"), Milliseconds(seconds(30)));
  EXPECT_EQ(parse_duration("1.5 h"), Milliseconds(minutes(90)));
  EXPECT_EQ(parse_duration("250 ms"), Milliseconds(250));
  EXPECT_EQ(parse_duration("3 d"), Milliseconds(hours(72)));
  EXPECT_EQ(parse_duration("0 s"), Milliseconds(0));
}

TEST(Duration, RefusesWhatIsNotExact) {
  for (const auto* text : {"", "30", "s", "30 sec", "-1 s", "0.5 ms", "1e3 s", "30  s", "30 s ", "nan s", "inf s",
                           "99999999999999999 d", "0x10 s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Size, ReadsBinaryUnitsOnly) {
  EXPECT_EQ(parse_size("8 MiB"), 8U << 20);
  EXPECT_EQ(parse_size("512 B"), 512U);
  EXPECT_EQ(parse_size("1.5 KiB"), 1536U);
  EXPECT_EQ(parse_size("2 TiB"), std::uint64_t{2} << 40);
  for (const auto* text : {"8", "8 MB", "8 mib", "0.3 B", "99999999 TiB"}) EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Quantities, ArePrintedInTheLargestUnitThatDividesThem) {
  EXPECT_EQ(format_duration(seconds(90)), "90 s");
  EXPECT_EQ(format_duration(minutes(90)), "90 min");
  EXPECT_EQ(format_duration(hours(48)), "2 d");
  EXPECT_EQ(format_duration(Milliseconds(0)), "0 ms");
  EXPECT_EQ(format_size(8U << 20), "8 MiB");
  EXPECT_EQ(format_size(1000), "1000 B");
}

TEST(Quantities, ComeBackFromTheirText) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1023}, std::uint64_t{1} << 40, (std::uint64_t{1} << 53) - 1})
    EXPECT_EQ(parse_size(format_size(value)), value);
}

ListenAddress listen_address(const std::string& text) {
  ListenAddress address;
  EXPECT_FALSE(decode({{}, text}, Key{}, "/", address)) << text;
  return address;
}

TEST(ListenAddress, ReadsBothFamilies) {
  EXPECT_EQ(listen_address("0.0.0.0:4935").text(), "0.0.0.0:4935");
  EXPECT_EQ(listen_address("[::1]:0").text(), "[::1]:0");
  EXPECT_EQ(listen_address("[::1]:4935").host, "::1");
}

TEST(ListenAddress, RefusesNamesAndHalves) {
  for (const std::string text : {"localhost:4935", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":4935", "::1:4935",
                                 "[127.0.0.1]:1", "[::1]", "127.0.0.1:-1", "127.0.0.1:1 "}) {
    ListenAddress address;
    EXPECT_TRUE(decode({{}, text}, Key{}, "/", address)) << text;
  }
}

std::vector<PeerNetwork> networks(std::string_view text) {
  std::vector<PeerNetwork> result;
  EXPECT_FALSE(decode(node_of(text, &result), Key{}, "/", result)) << text;
  return result;
}

TEST(AllowedPeers, AreMatchedByTheirPrefix) {
  const auto allowed = networks("192.0.2.0/25, 198.51.100.7, 2001:db8::/33");
  EXPECT_TRUE(is_allowed_peer(allowed, "192.0.2.127"));
  EXPECT_FALSE(is_allowed_peer(allowed, "192.0.2.128"));
  EXPECT_TRUE(is_allowed_peer(allowed, "198.51.100.7"));
  EXPECT_FALSE(is_allowed_peer(allowed, "198.51.100.8"));
  EXPECT_TRUE(is_allowed_peer(allowed, "2001:db8:7fff::1"));
  EXPECT_FALSE(is_allowed_peer(allowed, "2001:db8:8000::1"));
}

TEST(AllowedPeers, HoldMappedIpv4Addresses) {
  EXPECT_TRUE(is_allowed_peer(networks("192.0.2.0/24"), "::ffff:192.0.2.7"));
  EXPECT_FALSE(is_allowed_peer(networks("::/0"), "192.0.2.7"));
  EXPECT_FALSE(is_allowed_peer(networks("0.0.0.0/0"), "::1"));
}

TEST(AllowedPeers, NobodyIsAllowedByAnEmptyListOrWithoutAnAddress) {
  EXPECT_FALSE(is_allowed_peer({}, "127.0.0.1"));
  EXPECT_FALSE(is_allowed_peer(networks("0.0.0.0/0"), "localhost"));
  EXPECT_FALSE(is_allowed_peer(networks("0.0.0.0/0"), ""));
}

TEST(TomlText, IsEscaped) {
  EXPECT_EQ(to_toml(std::string("a \"b\" \\ \n")), R"("a \"b\" \\ \u000A")");
}

}  // namespace
}  // namespace dl::config
