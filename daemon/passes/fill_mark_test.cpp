#include "daemon/passes/fill_mark.h"

#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

namespace dl::daemon {
namespace {

class FillMarkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "dl-fill-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::filesystem::path root_;
};

TEST_F(FillMarkTest, EveryStateIsReadAsItWasWritten) {
  const auto directory = root_ / "pass" / "archive";
  EXPECT_EQ(read_fill_mark(directory), FillMark{});
  for (const FillMark& mark :
       {FillMark{FillMark::State::wanted}, FillMark{FillMark::State::wanted, 12345}, FillMark{FillMark::State::fetched},
        FillMark{FillMark::State::given_up, 0, "START was refused: 'no such data'"},
        FillMark{FillMark::State::given_up}}) {
    ASSERT_TRUE(write_fill_mark(directory, mark));
    EXPECT_EQ(read_fill_mark(directory), mark);
  }
}

TEST_F(FillMarkTest, ReasonIsOneLine) {
  ASSERT_TRUE(write_fill_mark(root_, {FillMark::State::given_up, 0, "one\ntwo"}));
  EXPECT_EQ(read_fill_mark(root_).why, "one two");
}

TEST_F(FillMarkTest, FileThatSaysNothingIsFetchedOnceMore) {
  for (const char* text : {"", "\n", "fetche", "nonsense\n"}) {
    std::ofstream(root_ / "fill") << text;
    EXPECT_EQ(read_fill_mark(root_).state, FillMark::State::wanted) << text;
    EXPECT_FALSE(read_fill_mark(root_).is_settled());
  }
}

}  // namespace
}  // namespace dl::daemon
