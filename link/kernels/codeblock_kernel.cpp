#include "link/kernels/codeblock_kernel.h"

#include <cassert>

#include "link/coding/randomizer.h"

namespace dl::link {
namespace {

class ScalarCodeblockKernel final : public CodeblockKernel {
 public:
  ScalarCodeblockKernel(const CodeblockShape& shape, ByteView mask)
      : reed_solomon_(shape), mask_(mask.begin(), mask.end()) {}

  void decode(std::span<const std::span<Byte>> blocks, std::span<CodeblockResult> results) override {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (!mask_.empty()) add_mask(blocks[i], mask_);
      results[i] = reed_solomon_.decode(blocks[i]);
    }
  }

 private:
  ReedSolomon reed_solomon_;
  Bytes mask_;
};

}  // namespace

std::unique_ptr<CodeblockKernel> make_scalar_codeblock_kernel(const CodeblockShape& shape, ByteView mask) {
  return std::make_unique<ScalarCodeblockKernel>(shape, mask);
}

std::unique_ptr<CodeblockKernel> make_codeblock_kernel(Kernel kernel, const CodeblockShape& shape, ByteView mask) {
  assert(can_run(kernel) && (mask.empty() || mask.size() == shape.size_bytes()));
#if defined(__x86_64__)
  if (kernel == Kernel::avx512_gfni) return make_avx512_gfni_codeblock_kernel(shape, mask);
  if (kernel == Kernel::avx2) return make_avx2_codeblock_kernel(shape, mask);
#endif
  return make_scalar_codeblock_kernel(shape, mask);
}

}  // namespace dl::link
