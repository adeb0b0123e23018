#include "process/reception.h"

#include <gtest/gtest.h>

namespace dl::process {
namespace {

recording::Chunk chunk(std::uint64_t offset, std::uint32_t size, int second, recording::Verdict verdict) {
  recording::Chunk chunk;
  chunk.offset = offset;
  chunk.size = size;
  chunk.received_at = UtcTime{Seconds{second}};
  chunk.verdict = verdict;
  return chunk;
}

TEST(ArrivalCursor, EveryByteHasTheTimeAndTheVerdictOfItsChunk) {
  const std::vector<recording::Chunk> chunks = {chunk(0, 100, 1, recording::Verdict::good),
                                                chunk(100, 50, 2, recording::Verdict::erred),
                                                chunk(150, 10, 3, recording::Verdict::none)};
  ArrivalCursor cursor;
  EXPECT_EQ(cursor.at(chunks, 0).end, 100U);
  EXPECT_EQ(cursor.at(chunks, 99).station, link::StationVerdict::good);
  EXPECT_EQ(cursor.at(chunks, 100).station, link::StationVerdict::erred);
  EXPECT_EQ(cursor.at(chunks, 149).received_at, UtcTime{Seconds{2}});
  EXPECT_EQ(cursor.at(chunks, 155).station, link::StationVerdict::none);
  EXPECT_EQ(cursor.at(chunks, 155).end, 160U);
}

TEST(ArrivalCursor, ChunkWithoutBytesIsPassedOver) {
  const std::vector<recording::Chunk> chunks = {chunk(0, 10, 1, recording::Verdict::none),
                                                chunk(10, 0, 2, recording::Verdict::none),
                                                chunk(10, 10, 3, recording::Verdict::none)};
  ArrivalCursor cursor;
  EXPECT_EQ(cursor.at(chunks, 10).received_at, UtcTime{Seconds{3}});
}

}  // namespace
}  // namespace dl::process
