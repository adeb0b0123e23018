#include "uplink/credentials/key_file.h"

#include <cstdlib>

#include <sys/resource.h>
#include <utime.h>

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

// A key is a text that begins with "key-".
Result<std::string> parse(const std::string& text) {
  if (!text.starts_with("key-")) return fail(ErrorKind::config, "not a key");
  return text;
}

class KeyFileTest : public ::testing::Test {
 protected:
  void write(const std::string& text) { testing::write_text(path_, text); }
  std::string current() {
    const auto key = file_.current();
    return key ? **key : "error";
  }

  testing::Folder folder_;
  std::filesystem::path path_ = folder_ / "key";
  KeyFile<std::string> file_{path_, parse};
};

TEST_F(KeyFileTest, IsReadAgainOnlyWhenItChanges) {
  write("key-1");
  const auto first = file_.current().value();
  EXPECT_EQ(file_.current().value(), first);
  write("key-22");
  EXPECT_EQ(current(), "key-22");
}

TEST_F(KeyFileTest, ReplacementByRenameOfTheSameSizeAndTimeIsSeen) {
  write("key-1");
  ::utimbuf time{1'000'000'000, 1'000'000'000};
  ::utime(path_.c_str(), &time);
  EXPECT_EQ(current(), "key-1");
  testing::write_text(folder_ / "new", "key-2");
  ::utime((folder_ / "new").c_str(), &time);
  std::filesystem::rename(folder_ / "new", path_);
  EXPECT_EQ(current(), "key-2");
}

TEST_F(KeyFileTest, LinkThatIsPointedElsewhereIsSeen) {
  testing::write_text(folder_ / "a", "key-a");
  testing::write_text(folder_ / "b", "key-b");
  std::filesystem::create_symlink(folder_ / "a", path_);
  EXPECT_EQ(current(), "key-a");
  std::filesystem::remove(path_);
  std::filesystem::create_symlink(folder_ / "b", path_);
  EXPECT_EQ(current(), "key-b");
}

TEST_F(KeyFileTest, BrokenFileLeavesTheLastGoodKeyInUseAndSaysSo) {
  write("key-1");
  EXPECT_EQ(current(), "key-1");
  EXPECT_EQ(file_.trouble().value_or("").find("unusable"), std::string::npos);
  write("half a ke");
  EXPECT_EQ(current(), "key-1");
  ASSERT_TRUE(file_.trouble());
  EXPECT_NE(file_.trouble()->find(path_.string()), std::string::npos);
  EXPECT_NE(file_.trouble()->find("stays in use"), std::string::npos);
  std::filesystem::remove(path_);
  EXPECT_EQ(current(), "key-1");
  write("key-3");
  EXPECT_EQ(current(), "key-3");
}

TEST_F(KeyFileTest, KeptKeyThatTheServiceRefusesIsGivenUp) {
  write("key-1");
  current();
  file_.refused();
  EXPECT_EQ(current(), "key-1");  // nothing newer is there: the file still says so
  write("broken");
  current();
  file_.refused();
  const auto now = file_.current();
  ASSERT_FALSE(now);
  EXPECT_EQ(now.error().kind, ErrorKind::config);
  EXPECT_NE(now.error().message.find("not a key"), std::string::npos);
}

TEST_F(KeyFileTest, FileThatCouldNotBeOpenedForOnceNeedNotChangeToBeReadAgain) {
  write("key-1");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto without_descriptors = file_.current();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(without_descriptors);
  EXPECT_EQ(current(), "key-1");
}

TEST_F(KeyFileTest, MissingAndTooLongFilesAreConfigErrorsThatNameThePath) {
  const auto missing = file_.current();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::config);
  EXPECT_NE(missing.error().message.find(path_.string()), std::string::npos);
  write("key-" + std::string(70'000, 'x'));
  const auto long_file = file_.current();
  ASSERT_FALSE(long_file);
  EXPECT_EQ(long_file.error().kind, ErrorKind::config);
}

TEST_F(KeyFileTest, FileThatEverybodyCanReadIsWarnedAbout) {
  write("key-1");
  std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(0640));
  current();
  EXPECT_EQ(file_.trouble(), std::nullopt);
  std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(0644));
  EXPECT_EQ(current(), "key-1");
  ASSERT_TRUE(file_.trouble());
  EXPECT_NE(file_.trouble()->find("chmod"), std::string::npos);
}

class CredentialPathTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/downlinkd.service", 1); }
  void TearDown() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

TEST_F(CredentialPathTest, CredentialOfSystemdIsAFileInItsFolder) {
  EXPECT_EQ(resolve_credential_path("credential:gcs-key").value(), "/run/credentials/downlinkd.service/gcs-key");
  EXPECT_EQ(resolve_credential_path("/etc/downlinkd/key.json").value(), "/etc/downlinkd/key.json");
}

TEST_F(CredentialPathTest, NameMustBePlain) {
  for (const char* path : {"credential:", "credential:..", "credential:a/b", "credential:/etc/passwd"}) {
    const auto resolved = resolve_credential_path(path);
    ASSERT_FALSE(resolved) << path;
    EXPECT_EQ(resolved.error().kind, ErrorKind::config);
  }
}

TEST_F(CredentialPathTest, WithoutSystemdTheMessageSaysWhatToAdd) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  const auto resolved = resolve_credential_path("credential:gcs-key");
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("LoadCredential=gcs-key:"), std::string::npos);
  // Whoever reads it unresolved says the same.
  EXPECT_EQ(read_secret_file("credential:gcs-key").error().message, resolved.error().message);
}

}  // namespace
}  // namespace dl::uplink
