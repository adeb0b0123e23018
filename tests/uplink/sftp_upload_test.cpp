// The SFTP destination against OpenSSH's sshd.
#include <fstream>

#include <pwd.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/uplink/child_process.h"
#include "uplink/delivery/test_station.h"
#include "uplink/http/bandwidth.h"
#include "uplink/sftp/sftp_destination.h"

namespace dl::test {
namespace {

using uplink::Outcome;
using uplink::OutcomeKind;
using uplink::SftpDestination;
using uplink::SftpVerify;

constexpr const char* kObject = "station1/metop-b/s1/band-4.tif";

class SftpUploadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_key("host");
    make_key("user");
    std::filesystem::create_directories(home_);
    server_.emplace(
        std::vector<std::string>{"/usr/bin/python3", std::string(DL_SOURCE_DIRECTORY) + "/tests/support/sftp_server.py",
                                 home_.string(), (folder_ / "host").string(), (folder_ / "user.pub").string()});
    const auto port = server_->read_line();
    if (!port) GTEST_SKIP() << "there is no sshd here (openssh-server)";
    options_.name = "archive";
    options_.server.host = "127.0.0.1";
    options_.server.port = static_cast<std::uint16_t>(std::stoi(*port));
    options_.server.user = ::getpwuid(::geteuid())->pw_name;
    options_.server.known_hosts = folder_ / "known_hosts";
    options_.server.key_file = folder_ / "user";
    options_.server.stall_timeout = Milliseconds{2000};
    options_.object_prefix = "station1";
    trust("host");
  }
  void make_key(const std::string& name) {
    ASSERT_EQ(ChildProcess({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_ / name}).wait(), 0);
  }
  // Writes known_hosts: the server is to have this key.
  void trust(const std::string& name) {
    uplink::testing::write_text(options_.server.known_hosts, "[127.0.0.1]:" + std::to_string(options_.server.port) +
                                                                 " " +
                                                                 read_text_file(folder_ / (name + ".pub")).value());
  }
  void order(const std::string& text) {
    server_->write_line(text);
    ASSERT_EQ(server_->read_line(), "ok");
  }
  // One attempt by a new process, so to speak; what it wrote down is what the next one knows.
  Outcome deliver() {
    uplink::testing::Notes notes;
    SftpDestination destination(options_);
    Outcome outcome = destination.deliver(delivery_, notes).value();
    if (!notes.sessions.empty()) delivery_.session = notes.sessions.back();
    progress_ = notes.progress;
    return outcome;
  }
  [[nodiscard]] std::filesystem::path target() const { return home_ / kObject; }
  [[nodiscard]] std::filesystem::path part() const { return home_ / (std::string(kObject) + ".part"); }
  [[nodiscard]] std::string at_target() const { return read_text_file(target()).value_or("nothing"); }

  uplink::testing::Folder folder_;
  std::filesystem::path home_ = folder_ / "home";
  std::string content_ = uplink::testing::noise(3'000'000);
  spool::Delivery delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
  uplink::SftpOptions options_;
  std::optional<ChildProcess> server_;
  std::vector<std::uint64_t> progress_;
};

TEST_F(SftpUploadTest, FileAppearsUnderItsNameWithItsFolders) {
  for (const SftpVerify verify : {SftpVerify::read_back, SftpVerify::size}) {
    options_.verify = verify;
    const auto outcome = deliver();
    ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
    EXPECT_FALSE(outcome.was_there);
    EXPECT_EQ(outcome.generation.size(), 8U);
    EXPECT_TRUE(at_target() == content_);
    EXPECT_FALSE(std::filesystem::exists(part()));
    std::filesystem::remove(target());
    delivery_.session.clear();
  }
}

TEST_F(SftpUploadTest, NamesWithBlanksAndQuotesAndAbsoluteFoldersAreTakenAsTheyAre) {
  options_.folder = (home_ / "a b\"c").string();
  delivery_.object_name = "x y/100% \\ 'q'.tif";
  const auto outcome = deliver();
  ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_TRUE(read_text_file(home_ / "a b\"c/station1/x y/100% \\ 'q'.tif").value_or("") == content_);
}

TEST_F(SftpUploadTest, EmptyFileIsDelivered) {
  delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", "");
  for (const SftpVerify verify : {SftpVerify::read_back, SftpVerify::size}) {
    options_.verify = verify;
    const auto outcome = deliver();
    EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
    EXPECT_EQ(std::filesystem::file_size(target()), 0U);
    std::filesystem::remove(target());
  }
}

TEST_F(SftpUploadTest, SameFileAgainIsConfirmedAndAnotherOneIsAConflict) {
  ASSERT_EQ(deliver().kind, OutcomeKind::confirmed);
  const auto again = deliver();
  EXPECT_EQ(again.kind, OutcomeKind::confirmed) << again.message;
  EXPECT_TRUE(again.was_there);
  for (const std::string& other : {uplink::testing::noise(content_.size(), 2), content_ + "x", std::string("short")}) {
    uplink::testing::write_text(target(), other);
    EXPECT_EQ(deliver().kind, OutcomeKind::conflict);
    EXPECT_TRUE(at_target() == other);
  }
}

TEST_F(SftpUploadTest, KilledSessionIsResumedWhereTheServersFileEnds) {
  order("cut 1500000");
  const auto broken = deliver();
  EXPECT_EQ(broken.kind, OutcomeKind::retry_later) << broken.message;
  ASSERT_TRUE(std::filesystem::exists(part()));
  const auto there = std::filesystem::file_size(part());
  EXPECT_GT(there, 1'000'000U);
  EXPECT_LT(there, content_.size());
  // Less than what is missing and the handshake would not do if it began again.
  order("cut " + std::to_string(content_.size() - there + 300'000));
  const auto resumed = deliver();
  ASSERT_EQ(resumed.kind, OutcomeKind::confirmed) << resumed.message;
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, ManyCutsLoseNothing) {
  order("cut 400000");
  Outcome outcome;
  int attempts = 0;
  do {
    outcome = deliver();
  } while (outcome.kind == OutcomeKind::retry_later && ++attempts < 30);
  ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_GE(attempts, 7);
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, PartThatTheJournalKnowsNothingOfIsNotBuiltUpon) {
  uplink::testing::write_text(part(), uplink::testing::noise(1'000'000, 7));
  ASSERT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, PartThatWasDamagedIsFoundByReadingItBackAndSentAnew) {
  order("cut 1500000");
  deliver();
  order("clear");
  std::string damaged = read_text_file(part()).value();
  damaged[1000] ^= 1;
  uplink::testing::write_text(part(), damaged);
  const auto found = deliver();
  EXPECT_EQ(found.kind, OutcomeKind::retry_later);
  EXPECT_NE(found.message.find("other bytes"), std::string::npos) << found.message;
  EXPECT_FALSE(std::filesystem::exists(target()));
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, PartThatGrewBeyondTheFileIsSentAnew) {
  order("cut 1500000");
  deliver();
  order("clear");
  uplink::testing::write_text(part(), content_ + "and more");
  EXPECT_EQ(deliver().kind, OutcomeKind::retry_later);
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, RottenSpoolFileNeverGetsAName) {
  std::string rotten = content_;
  rotten[2'999'000] ^= 1;
  uplink::testing::write_text(delivery_.path, rotten);
  EXPECT_EQ(deliver().kind, OutcomeKind::corrupt);
  EXPECT_FALSE(std::filesystem::exists(target()));
}

TEST_F(SftpUploadTest, BlackHoleAndSilenceAreTransient) {
  order("hole 1000000");
  const auto stalled = deliver();
  EXPECT_EQ(stalled.kind, OutcomeKind::retry_later);
  EXPECT_NE(stalled.message.find("no byte moved"), std::string::npos) << stalled.message;
  order("mute");
  options_.server.connect_timeout = Milliseconds{1000};
  EXPECT_EQ(deliver().kind, OutcomeKind::retry_later);
  options_.server.port = 1;
  EXPECT_EQ(deliver().kind, OutcomeKind::retry_later);
}

TEST_F(SftpUploadTest, WrongOrUnknownHostKeyIsRefusedBeforeAnythingIsSent) {
  make_key("other");
  trust("other");
  const auto wrong = deliver();
  EXPECT_EQ(wrong.kind, OutcomeKind::refused);
  EXPECT_NE(wrong.message.find("somebody else answers"), std::string::npos) << wrong.message;
  uplink::testing::write_text(options_.server.known_hosts, "");
  const auto unknown = deliver();
  EXPECT_EQ(unknown.kind, OutcomeKind::refused);
  EXPECT_NE(unknown.message.find("has no entry"), std::string::npos) << unknown.message;
  std::filesystem::remove(options_.server.known_hosts);
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
  EXPECT_TRUE(std::filesystem::is_empty(home_));
}

TEST_F(SftpUploadTest, LoginThatIsNotAcceptedIsRefusedWithoutTheSecret) {
  make_key("stranger");
  options_.server.key_file = folder_ / "stranger";
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
  options_.server.key_file = folder_ / "missing";
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
  options_.server.key_file.reset();
  options_.server.password_file = folder_ / "password";
  uplink::testing::write_text(folder_ / "password", "SECRET\n");
  const auto refused = deliver();
  EXPECT_EQ(refused.kind, OutcomeKind::refused);
  EXPECT_EQ(refused.message.find("SECRET"), std::string::npos) << refused.message;
}

TEST_F(SftpUploadTest, StopAndMakingWayLeaveWhatIsThere) {
  const SystemClock clock;
  uplink::Bandwidth bandwidth(clock);
  bandwidth.set_limit(4'000'000);
  options_.server.bandwidth = &bandwidth;
  // Asks to end when a third of the file is there.
  class Impatient final : public uplink::DeliveryJournal {
   public:
    explicit Impatient(std::filesystem::path watched) : watched_(std::move(watched)) {}
    Result<void> record_session(const std::string& text) override {
      session = text;
      return {};
    }
    Result<void> record_progress(std::uint64_t) override { return {}; }
    [[nodiscard]] bool stop_requested() const override { return false; }
    [[nodiscard]] bool abort_requested() const override { return false; }
    [[nodiscard]] bool yield_requested() const override {
      std::error_code missing;
      const auto size = std::filesystem::file_size(watched_, missing);
      return !missing && size > 1'000'000;
    }
    std::string session;

   private:
    std::filesystem::path watched_;
  };
  Impatient journal(part());
  SftpDestination destination(options_);
  EXPECT_EQ(destination.deliver(delivery_, journal)->kind, OutcomeKind::stopped);
  const auto there = std::filesystem::file_size(part());
  EXPECT_LT(there, content_.size());
  delivery_.session = journal.session;
  bandwidth.set_limit(std::nullopt);
  uplink::testing::Notes notes;
  EXPECT_EQ(destination.deliver(delivery_, notes)->kind, OutcomeKind::confirmed);  // on the same connection or another
  EXPECT_TRUE(at_target() == content_);
}

TEST_F(SftpUploadTest, BandwidthIsKept) {
  const SystemClock clock;
  uplink::Bandwidth bandwidth(clock);
  bandwidth.set_limit(3'000'000);
  options_.server.bandwidth = &bandwidth;
  const auto started = clock.steady_now();
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  const std::chrono::duration<double> took = clock.steady_now() - started;
  EXPECT_GE(took.count(), 0.85);
  RecordProperty("bytes_per_s", std::to_string(3e6 / took.count()));
}

}  // namespace
}  // namespace dl::test
