#include "calibrate/canonical_json.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace dl::calibrate {
namespace {

using nlohmann::json;

// RFC 8785 appendix B.
TEST(CanonicalJson, SpellsTheNumbersOfTheRfc) {
  const std::pair<std::uint64_t, const char*> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) EXPECT_EQ(canonical_number(std::bit_cast<double>(bits)), text);
}

TEST(CanonicalJson, NumbersReadBackAsTheyWere) {
  std::mt19937_64 random(8785);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(std::strtod(canonical_number(value).c_str(), nullptr), value);
  }
}

TEST(CanonicalJson, IntegersAreDoublesLikeAllNumbers) {
  EXPECT_EQ(canonical_json(json::parse("[1, 1.0, 1e0, -0, 12345678901234567890]")), "[1,1,1,0,12345678901234567000]");
}

// RFC 8785 section 3.2.3.
TEST(CanonicalJson, MembersAreSortedByTheirUtf16) {
  const json value = json::parse(
      R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",)"
      R"("\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})");
  EXPECT_EQ(canonical_json(value),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With "
            "Diaeresis\",\"\u20ac\":\"Euro Sign\",\"\U0001F600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter "
            "Dalet With Dagesh\"}");
}

// RFC 8785 section 3.2.2.2 and 3.2.4.
TEST(CanonicalJson, TextsKeepAllButWhatMustBeEscaped) {
  EXPECT_EQ(canonical_json(json::parse(R"(["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", [], {}, null, true])")),
            "[\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",[],{},null,true]");
}

}  // namespace
}  // namespace dl::calibrate
