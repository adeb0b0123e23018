#include "core/kernel_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(KernelChoice, TheWidestThatTheProcessorCanRunIsUsedWhereNoneIsAskedFor) {
  for (const char* nothing : {static_cast<const char*>(nullptr), ""}) {
    const KernelChoice choice = choose_kernel(nothing);
    EXPECT_TRUE(can_run(choice.kernel));
    EXPECT_THAT(choice.warning, IsEmpty());
    for (const Kernel kernel : kKernels) EXPECT_TRUE(kernel <= choice.kernel || !can_run(kernel));
  }
}

TEST(KernelChoice, ScalarRunsEverywhere) {
  EXPECT_TRUE(can_run(Kernel::scalar));
  EXPECT_EQ(choose_kernel("scalar").kernel, Kernel::scalar);
  EXPECT_THAT(choose_kernel("scalar").warning, IsEmpty());
}

TEST(KernelChoice, AnUnknownNameIsSaidAndTheWidestUsed) {
  const KernelChoice choice = choose_kernel("sse9");
  EXPECT_EQ(choice.kernel, choose_kernel(nullptr).kernel);
  EXPECT_THAT(choice.warning, HasSubstr("'sse9'"));
  EXPECT_THAT(choice.warning, HasSubstr("'avx512_gfni'"));
}

TEST(KernelChoice, AKnownNameIsUsedWhereTheProcessorCanAndSaidWhereNot) {
  for (const Kernel kernel : kKernels) {
    const std::string name(to_string(kernel));
    const KernelChoice choice = choose_kernel(name.c_str());
    EXPECT_EQ(choice.kernel, can_run(kernel) ? kernel : choose_kernel(nullptr).kernel);
    EXPECT_EQ(choice.warning.empty(), can_run(kernel));
    EXPECT_EQ(kernel_from_string(name), kernel);
  }
}

}  // namespace
}  // namespace dl
