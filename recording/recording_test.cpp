#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/file.h"
#include "recording/recording_reader.h"
#include "recording/recording_writer.h"
#include "tests/support/failing_fdatasync.h"

namespace dl::recording {
namespace {

UtcTime at_second(int second) {
  return UtcTime(Seconds(1'778'587'200 + second));
}

Bytes pattern(std::size_t size, unsigned seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>((i * 31 + seed * 101 + (i >> 8)) & 0xFF);
  return bytes;
}

class RecordingTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "dl-recording-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    folder_ = root_ / "pass";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  static void append(RecordingWriter& writer, const Bytes& bytes, int second, std::uint32_t connection = 1) {
    ByteView rest = bytes;
    const auto result = writer.append(rest, at_second(second), connection);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(rest.empty());
  }
  static Bytes read_all(const RecordingReader& reader) {
    Bytes bytes(static_cast<std::size_t>(reader.size_bytes()) + 10);
    bytes.resize(reader.read(0, bytes).value());
    return bytes;
  }
  static void flip_byte(const std::filesystem::path& path, std::size_t offset) {
    Bytes bytes = read_file(path).value();
    bytes.at(offset) ^= 0x40;
    ASSERT_TRUE(write_file_durably(path, bytes));
  }

  std::filesystem::path root_;
  std::filesystem::path folder_;
};

TEST_F(RecordingTest, RawFileHoldsTheBytesExactlyAsReceived) {
  RecordingWriter writer = RecordingWriter::open(folder_).value();
  append(writer, pattern(1000, 1), 0);
  append(writer, pattern(77, 2), 1, 2);
  ASSERT_TRUE(writer.sync());
  EXPECT_EQ(writer.synced_bytes(), 1077U);

  Bytes expected = pattern(1000, 1);
  const Bytes second = pattern(77, 2);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(read_file(folder_ / "rec-000001.raw").value(), expected);

  const RecordingReader reader = RecordingReader::open(folder_).value();
  ASSERT_EQ(reader.chunks().size(), 2U);
  EXPECT_EQ(reader.chunks()[1], (Chunk{1000, 77, 2, Verdict::none, at_second(1), crc32c(second), true}));
  EXPECT_TRUE(reader.verify().value().empty());
}

TEST_F(RecordingTest, ReaderFollowsAGrowingRecordingOverFileBorders) {
  RecordingWriter writer = RecordingWriter::open(folder_, {.file_size_bytes = 1000}).value();
  RecordingReader reader = RecordingReader::open(folder_).value();
  EXPECT_EQ(reader.size_bytes(), 0U);
  Bytes expected;
  for (int i = 0; i < 9; ++i) {
    const Bytes piece = pattern(700, static_cast<unsigned>(i));
    append(writer, piece, i);
    expected.insert(expected.end(), piece.begin(), piece.end());
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(read_all(reader), expected);
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "rec-000005.raw"));
  Bytes across(300);
  EXPECT_EQ(reader.read(1300, across).value(), 300U);
  EXPECT_TRUE(std::equal(across.begin(), across.end(), expected.begin() + 1300));
}

TEST_F(RecordingTest, LongBytesBecomeChunksOfAtMostOneMebibyteSyncedEveryEight) {
  RecordingWriter writer = RecordingWriter::open(folder_).value();
  append(writer, pattern((9U << 20) + 5, 3), 0);
  EXPECT_EQ(writer.synced_bytes(), std::uint64_t{8} << 20);
  const RecordingReader reader = RecordingReader::open(folder_).value();
  EXPECT_EQ(reader.chunks().size(), 10U);
  EXPECT_EQ(reader.chunks().back().size, 5U);
}

TEST_F(RecordingTest, TornTailIsCutAtTheLastGoodChunkWhereverThePowerWent) {
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    for (int i = 0; i < 3; ++i) append(writer, pattern(12, static_cast<unsigned>(i)), i);
  }
  const Bytes raw = read_file(folder_ / "rec-000001.raw").value();
  const Bytes index = read_file(folder_ / "rec-000001.idx").value();
  // Every length that the two files can have been cut to independently of each other, over the last two chunks.
  for (std::size_t raw_size = 12; raw_size <= raw.size(); ++raw_size) {
    for (std::size_t index_size = 32; index_size <= index.size(); ++index_size) {
      const auto torn = root_ / "torn";
      std::filesystem::remove_all(torn);
      std::filesystem::create_directories(torn);
      {
        const auto raw_file = open_file(torn / "rec-000001.raw", O_WRONLY | O_CREAT).value();
        ASSERT_TRUE(write_all(raw_file.get(), ByteView(raw).first(raw_size), "raw"));
        const auto index_file = open_file(torn / "rec-000001.idx", O_WRONLY | O_CREAT).value();
        ASSERT_TRUE(write_all(index_file.get(), ByteView(index).first(index_size), "idx"));
      }
      const std::size_t good = std::min(raw_size / 12, index_size / 32);
      auto writer = RecordingWriter::open(torn);
      ASSERT_TRUE(writer) << writer.error().message;
      ASSERT_EQ(writer->recovered().size_bytes, good * 12) << raw_size << " " << index_size;
      ASSERT_EQ(writer->recovered().torn_bytes, raw_size - good * 12);
      append(*writer, pattern(10, 9), 9, 2);
      const RecordingReader reader = RecordingReader::open(torn).value();
      ASSERT_EQ(reader.chunks().size(), good + 1);
      ASSERT_TRUE(reader.verify().value().empty());
      ASSERT_EQ(reader.damaged_index_records(), 0U);
    }
  }
}

TEST_F(RecordingTest, TailWhoseBytesNeverReachedTheDiskIsCut) {
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    for (int i = 0; i < 3; ++i) append(writer, pattern(40, static_cast<unsigned>(i)), i);
  }
  flip_byte(folder_ / "rec-000001.raw", 100);
  const RecordingWriter writer = RecordingWriter::open(folder_).value();
  EXPECT_EQ(writer.recovered().size_bytes, 80U);
  EXPECT_EQ(writer.recovered().torn_bytes, 40U);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "rec-000001.idx"), 64U);
}

TEST_F(RecordingTest, BadChunkWithGoodOnesBehindItIsKeptAndReported) {
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    for (int i = 0; i < 3; ++i) append(writer, pattern(40, static_cast<unsigned>(i)), i);
  }
  flip_byte(folder_ / "rec-000001.raw", 50);
  EXPECT_EQ(RecordingWriter::open(folder_).value().recovered().torn_bytes, 0U);
  EXPECT_EQ(RecordingReader::open(folder_).value().verify().value(), std::vector<std::size_t>{1});
}

TEST_F(RecordingTest, DamagedIndexRecordInTheMiddleLosesNoBytes) {
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    for (int i = 0; i < 4; ++i) append(writer, pattern(40, static_cast<unsigned>(i)), i);
  }
  flip_byte(folder_ / "rec-000001.idx", 32 + 3);
  flip_byte(folder_ / "rec-000001.idx", 64 + 3);
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    EXPECT_EQ(writer.recovered().size_bytes, 160U);
    append(writer, pattern(10, 9), 9, 2);
  }
  const RecordingReader reader = RecordingReader::open(folder_).value();
  EXPECT_EQ(reader.size_bytes(), 170U);
  EXPECT_EQ(reader.damaged_index_records(), 2U);
  ASSERT_EQ(reader.chunks().size(), 4U);
  EXPECT_FALSE(reader.chunks()[1].indexed);
  EXPECT_EQ(reader.chunks()[1].size, 80U);
  EXPECT_EQ(read_all(reader).size(), 170U);
}

TEST_F(RecordingTest, PowerCutWhileAFileBeginsIsRepaired) {
  for (const bool index_too : {true, false}) {
    std::filesystem::remove_all(folder_);
    {
      RecordingWriter writer = RecordingWriter::open(folder_, {.file_size_bytes = 40}).value();
      append(writer, pattern(40, 1), 1);
    }
    ASSERT_TRUE(write_file_durably(folder_ / (index_too ? "rec-000002.idx" : "rec-000002.raw"), {}));
    RecordingWriter writer = RecordingWriter::open(folder_, {.file_size_bytes = 40}).value();
    append(writer, pattern(40, 2), 2);
    EXPECT_EQ(RecordingReader::open(folder_).value().size_bytes(), 80U);
  }
}

// In a child, since the limit is the process's: a disk that fills in the middle of a chunk.
TEST_F(RecordingTest, FullDiskCutsTheHalfChunkAndGoesOnWhenThereIsRoom) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    const Bytes first = pattern(600, 1);
    const Bytes second = pattern(600, 2);
    ByteView rest = first;
    if (!writer.append(rest, at_second(1), 1)) ::_exit(1);
    rlimit limit{1000, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    rest = second;
    if (writer.append(rest, at_second(2), 1)) ::_exit(3);
    if (rest.size() != 600) ::_exit(4);
    if (std::filesystem::file_size(folder_ / "rec-000001.raw") != 600) ::_exit(5);
    limit.rlim_cur = RLIM_INFINITY;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(6);
    if (!writer.append(rest, at_second(2), 1)) ::_exit(7);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const RecordingReader reader = RecordingReader::open(folder_).value();
  EXPECT_EQ(reader.size_bytes(), 1200U);
  EXPECT_TRUE(reader.verify().value().empty());
}

TEST_F(RecordingTest, KilledWriterLeavesEverythingThatItSaidWasSynced) {
  const Bytes piece = pattern(997, 5);
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove_all(folder_);
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      RecordingWriter writer = RecordingWriter::open(folder_, {.file_size_bytes = 20'000}).value();
      for (int i = 0;; ++i) {
        ByteView rest = piece;
        if (!writer.append(rest, at_second(i), 1)) ::_exit(1);
        if (i % 3 == 0 && writer.sync()) {
          const std::uint64_t synced = writer.synced_bytes();
          if (::write(fds[1], &synced, sizeof synced) < 0) ::_exit(0);
        }
      }
    }
    ::close(fds[1]);
    std::uint64_t synced = 0;
    for (int i = 0; i <= round; ++i) {
      ASSERT_EQ(::read(fds[0], &synced, sizeof synced), static_cast<ssize_t>(sizeof synced));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ::close(fds[0]);

    RecordingWriter writer = RecordingWriter::open(folder_).value();
    EXPECT_GE(writer.size_bytes(), synced);
    const RecordingReader reader = RecordingReader::open(folder_).value();
    EXPECT_TRUE(reader.verify().value().empty());
    const Bytes all = read_all(reader);
    ASSERT_EQ(all.size() % piece.size(), 0U);
    for (std::size_t at = 0; at < all.size(); at += piece.size()) {
      ASSERT_TRUE(std::equal(piece.begin(), piece.end(), all.begin() + static_cast<std::ptrdiff_t>(at)));
    }
  }
}

TEST_F(RecordingTest, FailedSyncConfirmsNothingUntilTheBytesAreWrittenAgain) {
  RecordingWriter writer = RecordingWriter::open(folder_).value();
  append(writer, pattern(100, 1), 1);
  ASSERT_TRUE(writer.sync());
  append(writer, pattern(50, 2), 2);
  test::fail_fdatasync("rec-", 1);
  EXPECT_FALSE(writer.sync());
  EXPECT_FALSE(writer.sync()) << "a second try proves nothing";
  EXPECT_FALSE(writer.trusted());
  EXPECT_EQ(writer.synced_bytes(), 100U);

  append(writer, pattern(50, 2), 2);
  EXPECT_TRUE(writer.trusted());
  EXPECT_EQ(writer.synced_bytes(), 100U);
  ASSERT_TRUE(writer.sync());
  EXPECT_EQ(writer.synced_bytes(), 200U);
  EXPECT_EQ(read_file(folder_ / "rec-000002.raw").value(), pattern(50, 2));
}

// A file whose sync failed, cut by the power where its last confirmed sync had left it, with its successor behind it.
class AbandonedFileTest : public RecordingTest {
 protected:
  void SetUp() override {
    RecordingTest::SetUp();
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    append(writer, pattern(100, 1), 1);
    ASSERT_TRUE(writer.sync());
    append(writer, pattern(50, 2), 2);
    test::fail_fdatasync("rec-", 1);
    ASSERT_FALSE(writer.sync());
    append(writer, pattern(50, 2), 2);
    append(writer, pattern(30, 3), 3);
    ASSERT_TRUE(writer.sync());
    ASSERT_EQ(writer.synced_bytes(), 230U);
  }

  // The whole recording, of the first file `kept` bytes.
  static Bytes expected(std::size_t kept) {
    Bytes all = pattern(100, 1);
    const Bytes second = pattern(50, 2);
    const Bytes third = pattern(30, 3);
    all.insert(all.end(), second.begin(), second.end());
    all.resize(kept);
    all.resize(150);
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), third.begin(), third.end());
    return all;
  }
};

TEST_F(AbandonedFileTest, WhatAPowerCutTookOfItIsAGapAndMovesNothingBehindIt) {
  const Bytes index = read_file(folder_ / "rec-000001.idx").value();
  for (const std::uintmax_t kept : {150U, 149U, 120U, 100U}) {
    for (const std::size_t index_bytes : {64U, 40U, 32U}) {
      std::filesystem::resize_file(folder_ / "rec-000001.raw", kept);
      ASSERT_TRUE(write_file_durably(folder_ / "rec-000001.idx", ByteView(index).first(index_bytes)));
      const RecordingReader reader = RecordingReader::open(folder_).value();
      EXPECT_EQ(read_all(reader), expected(kept)) << kept << " " << index_bytes;
      EXPECT_TRUE(reader.verify().value().empty());
      ASSERT_GE(reader.chunks().size(), 3U);
      EXPECT_EQ(reader.chunks()[reader.chunks().size() - 2].offset, 150U);
      std::vector<MissingStretch> missing;
      if (kept < 150) missing.push_back({kept, 150 - kept});
      EXPECT_EQ(reader.missing(), missing);
    }
  }
}

TEST_F(AbandonedFileTest, RecordingGoesOnBehindTheGap) {
  std::filesystem::resize_file(folder_ / "rec-000001.raw", 100);
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    EXPECT_EQ(writer.recovered().size_bytes, 230U);
    EXPECT_EQ(writer.recovered().torn_bytes, 0U);
    append(writer, pattern(10, 4), 4, 2);
  }
  Bytes all = expected(100);
  const Bytes last = pattern(10, 4);
  all.insert(all.end(), last.begin(), last.end());
  EXPECT_EQ(read_all(RecordingReader::open(folder_).value()), all);
}

TEST_F(AbandonedFileTest, SuccessorOfWhichNothingIsLeftBeginsAnewAtItsPlace) {
  std::filesystem::resize_file(folder_ / "rec-000001.raw", 100);
  std::filesystem::resize_file(folder_ / "rec-000002.raw", 20);
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    EXPECT_EQ(writer.recovered().size_bytes, 150U);
    EXPECT_EQ(writer.recovered().torn_bytes, 20U);
    append(writer, pattern(50, 2), 5, 2);
    append(writer, pattern(30, 3), 5, 2);
  }
  const RecordingReader reader = RecordingReader::open(folder_).value();
  EXPECT_EQ(read_all(reader), expected(100));
  EXPECT_EQ(reader.missing(), (std::vector<MissingStretch>{{100, 50}}));
}

// Recordings made before files began with a record of their own.
TEST_F(AbandonedFileTest, OldRecordingSaysWhereAFileBeginsWithItsFirstChunk) {
  const Bytes index = read_file(folder_ / "rec-000002.idx").value();
  ASSERT_EQ(index.size(), 3 * kIndexRecordBytes);
  ASSERT_TRUE(write_file_durably(folder_ / "rec-000002.idx", ByteView(index).subspan(kIndexRecordBytes)));
  for (const std::uintmax_t kept : {150U, 100U}) {
    std::filesystem::resize_file(folder_ / "rec-000001.raw", kept);
    const RecordingReader reader = RecordingReader::open(folder_).value();
    EXPECT_EQ(read_all(reader), expected(kept));
    EXPECT_TRUE(reader.verify().value().empty());
  }
}

TEST_F(RecordingTest, RoomForWhatComesNextIsTakenBeforeItComesAndGivenBackAtTheEnd) {
  const auto raw = folder_ / "rec-000001.raw";
  const auto allocated_bytes = [&raw] {
    struct stat status {};
    EXPECT_EQ(::stat(raw.c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  };
  {
    RecordingWriter writer = RecordingWriter::open(folder_).value();
    const Bytes bytes(1000, Byte{1});
    ByteView rest = bytes;
    ASSERT_TRUE(writer.append(rest, UtcTime{}, 1));
    EXPECT_EQ(std::filesystem::file_size(raw), 1000U);
    if (allocated_bytes() < RecordingWriter::kReserveBytes) GTEST_SKIP() << "this file system sets nothing aside";
  }
  EXPECT_EQ(std::filesystem::file_size(raw), 1000U);
  EXPECT_LT(allocated_bytes(), 64U << 10);
}

TEST_F(RecordingTest, MissingFolderIsNamed) {
  const auto result = RecordingReader::open(root_ / "absent");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("absent"), std::string::npos);
}

}  // namespace
}  // namespace dl::recording
