// Derandomizes and decodes many codeblocks at once. Every kernel does exactly what the scalar one does: the same bytes,
// the same counts, the same codewords refused.
//
// How the vector kernels work, in lane_decoder.h: a lane is a codeword, so that one vector holds the same symbol of 32
// or 64 codewords, and a product with a constant of the field is one or two instructions for all of them.
#pragma once

#include <memory>
#include <span>

#include "core/bytes.h"
#include "core/kernel_choice.h"
#include "link/coding/reed_solomon.h"

namespace dl::link {

class CodeblockKernel {
 public:
  CodeblockKernel() = default;
  virtual ~CodeblockKernel() = default;
  CodeblockKernel(const CodeblockKernel&) = delete;
  CodeblockKernel& operator=(const CodeblockKernel&) = delete;

  // In place: every block, of shape.size_bytes(), loses the mask and its errors. `results` has one for each block.
  // Allocates nothing.
  virtual void decode(std::span<const std::span<Byte>> blocks, std::span<CodeblockResult> results) = 0;
};

// `mask` is what is added to every block before it is decoded (the randomizer; shape.size_bytes()), or empty.
// `kernel` is one that this processor can run.
std::unique_ptr<CodeblockKernel> make_codeblock_kernel(Kernel kernel, const CodeblockShape& shape, ByteView mask);

// The same, one by one.
std::unique_ptr<CodeblockKernel> make_scalar_codeblock_kernel(const CodeblockShape& shape, ByteView mask);
std::unique_ptr<CodeblockKernel> make_avx2_codeblock_kernel(const CodeblockShape& shape, ByteView mask);
std::unique_ptr<CodeblockKernel> make_avx512_gfni_codeblock_kernel(const CodeblockShape& shape, ByteView mask);

}  // namespace dl::link
