#include "config/nearest_name.h"

#include <gtest/gtest.h>

namespace dl::config {
namespace {

const std::vector<std::string_view> kNames = {"idle_timeout", "listen", "name", "spacecraft"};

TEST(NearestName, FindsSlipsOfTheFinger) {
  EXPECT_EQ(nearest_name("idle_timout", kNames), "idle_timeout");
  EXPECT_EQ(nearest_name("lsiten", kNames), "listen");
  EXPECT_EQ(nearest_name("space_craft", kNames), "spacecraft");
  EXPECT_EQ(nearest_name("idle", kNames), "idle_timeout");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("colour", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name(std::string(100'000, 'n'), kNames), "");
}

TEST(NearestName, DoesNotSuggestANameThatSharesNoLetter) {
  EXPECT_EQ(nearest_name("xy", {"ab"}), "");
}

TEST(NearestName, SuggestionIsASentence) {
  EXPECT_EQ(suggestion("nam", kNames), "; did you mean 'name'?");
  EXPECT_EQ(suggestion("colour", kNames), "");
}

}  // namespace
}  // namespace dl::config
