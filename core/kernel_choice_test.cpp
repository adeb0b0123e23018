#include "core/kernel_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(KernelChoice, TheBestOneIsUsedWhereNoneIsAskedFor) {
  const KernelChoice choice = choose_kernel("");
  EXPECT_EQ(choice.kernel, best_kernel());
  EXPECT_THAT(choice.warning, IsEmpty());
  EXPECT_TRUE(is_supported(choice.kernel));
}

TEST(KernelChoice, ScalarRunsEverywhere) {
  EXPECT_TRUE(is_supported(Kernel::scalar));
  EXPECT_EQ(choose_kernel("scalar").kernel, Kernel::scalar);
  EXPECT_THAT(choose_kernel("scalar").warning, IsEmpty());
}

TEST(KernelChoice, AnUnknownNameIsSaidAndTheBestOneUsed) {
  const KernelChoice choice = choose_kernel("sse9");
  EXPECT_EQ(choice.kernel, best_kernel());
  EXPECT_THAT(choice.warning, HasSubstr("'sse9'"));
  EXPECT_THAT(choice.warning, HasSubstr("'avx512_gfni'"));
}

TEST(KernelChoice, AKnownNameIsUsedWhereTheProcessorCanAndSaidWhereNot) {
  for (const Kernel kernel : {Kernel::avx2, Kernel::avx512_gfni}) {
    const KernelChoice choice = choose_kernel(to_string(kernel));
    EXPECT_EQ(choice.kernel, is_supported(kernel) ? kernel : best_kernel());
    EXPECT_EQ(choice.warning.empty(), is_supported(kernel));
    EXPECT_EQ(kernel_from_string(to_string(kernel)), kernel);
  }
}

}  // namespace
}  // namespace dl
