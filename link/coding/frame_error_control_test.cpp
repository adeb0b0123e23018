#include "link/coding/frame_error_control.h"

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/sha256.h"

namespace dl::link {
namespace {

// The known answers beside the recordings: ccsds-known-answers.
TEST(FrameErrorControl, GivesTheKnownAnswers) {
  const Bytes header = {0x01, 0x92, 0xFE, 0x00, 0x11, 0x82, 0x5A};
  EXPECT_EQ(crc16_ccitt(header), 0x0EA3U);
  EXPECT_EQ(crc16_ccitt(Bytes(16, 0x00)), 0x6A0AU);
  EXPECT_EQ(crc16_ccitt(Bytes(16, 0xFF)), 0x6A4BU);
}

TEST(FrameErrorControl, AFrameWithItsFieldIsRightAndWithAnyWrongBitIsNot) {
  Bytes frame(1113);
  for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<Byte>(i * 7 + 3);
  append_frame_error_control(frame);
  ASSERT_EQ(frame.size(), 1115U);
  EXPECT_TRUE(frame_error_control_is_right(frame));
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    frame[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
    ASSERT_FALSE(frame_error_control_is_right(frame)) << bit;
    frame[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
  }
  frame[1113] = frame[1114] = 0;
  write_frame_error_control(frame);
  EXPECT_TRUE(frame_error_control_is_right(frame));
}

TEST(FrameErrorControl, AFrameTooShortForTheFieldIsNotRight) {
  EXPECT_FALSE(frame_error_control_is_right({}));
  EXPECT_FALSE(frame_error_control_is_right(Bytes(1, 0)));
  // The field of a frame of no bytes is the start value.
  EXPECT_TRUE(frame_error_control_is_right(Bytes(2, 0xFF)));
}

}  // namespace
}  // namespace dl::link
