#include "process/tail.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "recording/recording_writer.h"

namespace dl::process {
namespace {

constexpr std::size_t kBlock = Tail::kBlockBytes;

UtcTime second(int number) {
  return UtcTime{Seconds{number}};
}

class TailTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "dl-tail-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Adds so many bytes that count up, received then.
  void record(std::size_t size, UtcTime received_at, recording::Verdict verdict = recording::Verdict::none) {
    if (!writer_) writer_.emplace(recording::RecordingWriter::open(directory_).value());
    Bytes bytes(size);
    for (Byte& byte : bytes) byte = static_cast<Byte>(recorded_++ * 7 >> 3);
    ByteView rest = bytes;
    ASSERT_TRUE(writer_->append(rest, received_at, 1, verdict));
    ASSERT_TRUE(writer_->sync());
    all_.insert(all_.end(), bytes.begin(), bytes.end());
  }
  // What is taken in until there is nothing to read; the sizes of its blocks.
  std::vector<std::size_t> take_in(Tail& tail) {
    std::vector<std::size_t> sizes;
    while (true) {
      const auto count = tail.read_block();
      EXPECT_TRUE(count) << count.error().message;
      if (!count || *count == 0) return sizes;
      sizes.push_back(*count);
      for (Tail::Piece piece = tail.next_piece(); !piece.bytes.empty(); piece = tail.next_piece()) {
        taken_.insert(taken_.end(), piece.bytes.begin(), piece.bytes.end());
        pieces_.push_back({piece.bytes.size(), piece.reason});
      }
    }
  }

  struct Taken {
    std::size_t size = 0;
    std::optional<DropReason> reason;
    friend bool operator==(const Taken&, const Taken&) = default;
  };
  std::filesystem::path directory_;
  std::optional<recording::RecordingWriter> writer_;
  std::size_t recorded_ = 0;
  Bytes all_;
  Bytes taken_;
  std::vector<Taken> pieces_;
};

TEST_F(TailTest, FolderNeedNotBeThereBeforeThereIsSomethingInIt) {
  Tail tail(directory_ / "second", {});
  EXPECT_FALSE(tail.has_more());
  EXPECT_TRUE(tail.waits());
  EXPECT_EQ(tail.read_block().value(), 0U);
  tail.end(0);
  EXPECT_TRUE(tail.is_done());
  EXPECT_FALSE(tail.waits());
}

TEST_F(TailTest, NothingIsReadBeyondWhatDownlinkdSays) {
  record(1000, second(1));
  Tail tail(directory_, {});
  EXPECT_TRUE(take_in(tail).empty());
  tail.recorded(600);
  EXPECT_EQ(take_in(tail), (std::vector<std::size_t>{600}));
  EXPECT_TRUE(tail.waits());
  tail.recorded(300);  // an old message changes nothing
  EXPECT_EQ(tail.recorded_bytes(), 600U);
  record(500, second(2));
  tail.end(1500);
  EXPECT_EQ(take_in(tail), (std::vector<std::size_t>{900}));
  EXPECT_TRUE(tail.is_done());
  EXPECT_EQ(taken_, all_);
}

TEST_F(TailTest, BlocksEndOnTheGridWhateverArrivedWhen) {
  record(kBlock + kBlock / 2, second(1));
  record(kBlock, second(2));
  Tail tail(directory_, {});
  tail.recorded(100);
  EXPECT_EQ(take_in(tail), (std::vector<std::size_t>{100}));
  tail.end(all_.size());
  EXPECT_EQ(take_in(tail), (std::vector<std::size_t>{kBlock - 100, kBlock, kBlock / 2}));
  EXPECT_EQ(taken_, all_);
}

TEST_F(TailTest, PiecesAreOfOneArrivalAndSayWhichItWas) {
  record(100, second(1), recording::Verdict::good);
  record(50, second(2), recording::Verdict::erred);
  Tail tail(directory_, {});
  tail.end(150);
  EXPECT_EQ(tail.next_received_at().value(), second(1));
  ASSERT_EQ(tail.read_block().value(), 150U);
  const Tail::Piece first = tail.next_piece();
  EXPECT_EQ(first.bytes.size(), 100U);
  EXPECT_EQ(first.received_at, second(1));
  EXPECT_EQ(first.station, link::StationVerdict::good);
  EXPECT_EQ(tail.received_up_to(), second(1));
  const Tail::Piece next = tail.next_piece();
  EXPECT_EQ(next.bytes.size(), 50U);
  EXPECT_EQ(next.received_at, second(2));
  EXPECT_EQ(next.station, link::StationVerdict::erred);
  EXPECT_EQ(tail.received_up_to(), second(2));
  EXPECT_TRUE(tail.next_piece().bytes.empty());
}

TEST_F(TailTest, QuarantinedStretchComesWithItsReasonAndNothingBesideItDoes) {
  record(3 * kBlock, second(1));
  Tail tail(directory_, {{kBlock, kBlock}, {2 * kBlock + 10, 20}});
  tail.end(all_.size());
  take_in(tail);
  EXPECT_EQ(pieces_, (std::vector<Taken>{{kBlock, {}},
                                         {kBlock, DropReason::quarantined},
                                         {10, {}},
                                         {20, DropReason::quarantined},
                                         {kBlock - 30, {}}}));
  EXPECT_EQ(taken_, all_);
}

TEST_F(TailTest, RewindBeginsAtTheFirstByteAgain) {
  record(2 * kBlock + 5, second(1));
  Tail tail(directory_, {});
  tail.end(all_.size());
  ASSERT_TRUE(tail.read_block());
  tail.next_piece();
  tail.rewind();
  EXPECT_EQ(tail.position(), 0U);
  EXPECT_EQ(tail.received_up_to(), UtcTime{});
  take_in(tail);
  EXPECT_EQ(taken_, all_);
  EXPECT_TRUE(tail.is_done());
}

TEST_F(TailTest, RecordingThatIsShorterThanDownlinkdSaidIsAFailure) {
  record(1000, second(1));
  Tail tail(directory_, {});
  tail.end(1001);
  ASSERT_EQ(tail.read_block().value(), 1000U);
  while (!tail.next_piece().bytes.empty()) {
  }
  const auto short_of_one = tail.read_block();
  ASSERT_FALSE(short_of_one);
  EXPECT_EQ(short_of_one.error().kind, ErrorKind::io);
  EXPECT_NE(short_of_one.error().message.find("has 1000 bytes, downlinkd said 1001"), std::string::npos);
}

}  // namespace
}  // namespace dl::process
