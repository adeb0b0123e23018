// What the journal makes of the file that it finds.
#include <sys/stat.h>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal.h"
#include "spool/journal_schema.h"
#include "spool/sqlite.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

class JournalOpenTest : public testing::Test {
 protected:
  void open() {
    journal_.reset();
    auto opened = Journal::open(path_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }
  std::vector<std::string> damaged_files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (name.find(".damaged-") != std::string::npos) names.push_back(name);
    }
    return names;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "journal.db";
  ManualClock clock_{test_start()};
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalOpenTest, NobodyElseMayReadTheSessions) {
  open();
  ASSERT_TRUE(journal_->put_pass(Pass{}));
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(JournalOpenTest, EmptyFileIsANewJournal) {
  std::ofstream touch(path_);
  open();
  EXPECT_FALSE(journal_->rebuilt());
}

TEST_F(JournalOpenTest, FileThatIsNoDatabaseIsMovedAside) {
  std::ofstream(path_) << "this is not a database, it is a text that says so";
  open();
  EXPECT_TRUE(journal_->rebuilt());
  EXPECT_THAT(damaged_files(), testing::ElementsAre("journal.db.damaged-20260512T115203Z"));
  EXPECT_EQ(read_text_file(folder_ / damaged_files()[0]).value(), "this is not a database, it is a text that says so");
  const Incident incident = journal_->incidents(true).value().at(0);
  EXPECT_EQ(incident.kind, "journal_rebuilt");
  EXPECT_THAT(incident.message, HasSubstr("journal.db.damaged-20260512T115203Z"));
  open();
  EXPECT_FALSE(journal_->rebuilt()) << "the new one is sound";
}

TEST_F(JournalOpenTest, SecondDamageInTheSameSecondOverwritesNothing) {
  for (const char* text : {"first text that is not a database", "second text that is not a database"}) {
    journal_.reset();
    std::ofstream(path_, std::ios::trunc) << text;
    open();
    EXPECT_TRUE(journal_->rebuilt());
  }
  EXPECT_EQ(damaged_files().size(), 2U);
}

// Any page may be hit: the journal is either sound as it is or moved aside, and works afterwards.
TEST_F(JournalOpenTest, OverwrittenPageNeverStopsTheStart) {
  open();
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(journal_->commit_scene(make_manifest("scene-" + std::to_string(i)), "", folder_ / "x", {"bucket"}));
  }
  journal_.reset();
  const std::string sound = read_text_file(path_).value();
  constexpr std::size_t kPage = 4096;
  std::size_t rebuilt = 0;
  for (std::size_t page = 0; page * kPage < sound.size(); ++page) {
    SCOPED_TRACE(page);
    std::string damaged = sound;
    damaged.replace(page * kPage, 200, std::string(200, '\xa5'));
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << damaged;
    open();
    if (testing::Test::HasFatalFailure()) return;
    rebuilt += journal_->rebuilt() ? 1 : 0;
    const auto committed = journal_->commit_scene(make_manifest("new"), "", folder_ / "x", {"bucket"});
    EXPECT_TRUE(committed) << committed.error().message;
    journal_.reset();
    clock_.advance(Seconds(1));
  }
  EXPECT_EQ(rebuilt, sound.size() / kPage) << "200 bytes of nonsense at the start of a page are always found";
}

TEST_F(JournalOpenTest, SchemaOfANewerProgramIsRefusedAndLeftAlone) {
  open();
  ASSERT_TRUE(journal_->put_pass(Pass{}));
  journal_.reset();
  {
    Database database = Database::open(path_).value();
    ASSERT_TRUE(database.execute("PRAGMA user_version = 4711"));
  }
  const auto refused = Journal::open(path_, clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("4711"));
  EXPECT_THAT(refused.error().message, HasSubstr(path_.string()));
  EXPECT_TRUE(damaged_files().empty());
  Database database = Database::open(path_).value();
  EXPECT_EQ(database.value("SELECT COUNT(*) FROM passes").value(), "1");
}

TEST_F(JournalOpenTest, MigrationEndsAtTheNewestSchemaAndIsNotRepeated) {
  open();
  journal_.reset();
  Database database = Database::open(path_).value();
  EXPECT_EQ(database.value("PRAGMA user_version").value(), std::to_string(newest_schema_version()));
  EXPECT_TRUE(migrate(database));
  EXPECT_EQ(database.value("PRAGMA user_version").value(), std::to_string(newest_schema_version()));
}

TEST_F(JournalOpenTest, FolderThatIsMissingIsNamed) {
  const auto opened = Journal::open(folder_ / "absent" / "journal.db", clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::io);
  EXPECT_THAT(opened.error().message, HasSubstr("absent"));
}

}  // namespace
}  // namespace dl::spool
