#include "spool/table_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "spool/pass_file.h"

namespace dl::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TableSetsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    layout_.root = std::filesystem::path(::testing::TempDir()) /
                   ("table_sets_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(layout_.root);
    std::filesystem::create_directories(layout_.calibration());
    std::filesystem::create_directories(layout_.passes());
    std::filesystem::create_directories(layout_.works());
  }
  void TearDown() override { std::filesystem::remove_all(layout_.root); }

  std::string make_set(char digit) const {
    const std::string name(64, digit);
    std::filesystem::create_directories(layout_.table_set(name) / "avhrr-3");
    return name;
  }
  void make_pass(const std::string& id, const std::string& table_set) const {
    Pass pass;
    pass.id = id;
    pass.table_set = table_set;
    std::filesystem::create_directories(layout_.pass(id));
    ASSERT_TRUE(write_pass_file(layout_.pass(id), pass));
  }

  Layout layout_;
};

TEST_F(TableSetsTest, TheSetInForceIsKnownAfterARestart) {
  EXPECT_EQ(read_set_in_force(layout_), "");
  const std::string set = make_set('a');
  ASSERT_TRUE(write_set_in_force(layout_, set));
  EXPECT_EQ(read_set_in_force(layout_), set);
}

TEST_F(TableSetsTest, ASetWhoseFolderIsGoneIsNotInForce) {
  ASSERT_TRUE(write_set_in_force(layout_, std::string(64, 'b')));
  EXPECT_EQ(read_set_in_force(layout_), "");
}

TEST_F(TableSetsTest, OnlySetsThatNobodyNeedsAreRemoved) {
  const std::string in_force = make_set('a'), of_a_pass = make_set('b'), nobodys = make_set('c'), soon = make_set('d');
  ASSERT_TRUE(write_set_in_force(layout_, in_force));
  make_pass("p1", of_a_pass);
  make_pass("p2", "");
  const auto removed = remove_unused_sets(layout_, {soon});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_THAT(*removed, ElementsAre(nobodys));
  EXPECT_FALSE(std::filesystem::exists(layout_.table_set(nobodys)));
  EXPECT_TRUE(std::filesystem::exists(layout_.table_set(of_a_pass)));
  std::filesystem::remove_all(layout_.pass("p1"));
  EXPECT_THAT(remove_unused_sets(layout_, {soon}).value(), ElementsAre(of_a_pass));
}

TEST_F(TableSetsTest, NothingIsRemovedWhileAPassCannotSayWhatItNeeds) {
  const std::string set = make_set('a');
  std::filesystem::create_directories(layout_.pass("p1"));
  ASSERT_TRUE(write_file_durably(layout_.pass("p1") / "pass.json", as_bytes(std::string("no JSON"))));
  EXPECT_FALSE(remove_unused_sets(layout_, {}));
  EXPECT_TRUE(std::filesystem::exists(layout_.table_set(set)));
}

TEST_F(TableSetsTest, WithoutSetsThereIsNothingToDo) {
  std::filesystem::remove_all(layout_.calibration());
  const auto removed = remove_unused_sets(layout_, {});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_THAT(*removed, IsEmpty());
}

TEST_F(TableSetsTest, AForeignFileNamesNoFolder) {
  ASSERT_TRUE(write_file_durably(layout_.set_in_force(), as_bytes(std::string("../../etc\n"))));
  EXPECT_EQ(read_set_in_force(layout_), "");
}

}  // namespace
}  // namespace dl::spool
