// Frame synchronisation: the search in noise, the copy of a stream that is not in step with its bytes, and lock. Every
// figure is bytes of input a second of processor time.
#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

#include "core/kernel_choice.h"
#include "link/frame.h"
#include "link/kernels/bit_shift.h"
#include "link/sync/bit_string.h"
#include "link/sync/frame_sync.h"
#include "link/sync/marker_search.h"

namespace dl::link {
namespace {

constexpr std::size_t kPushBytes = 256 * 1024;
constexpr std::uint64_t kMarker = 0x1ACFFC1D;

Bytes noise(std::size_t size_bytes) {
  std::mt19937_64 random(1);
  Bytes bytes(size_bytes);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random());
  return bytes;
}

// CADUs of 1024 bytes, the first of which begins `shift` bits into the first byte.
Bytes cadus(std::size_t count, unsigned shift) {
  Bytes aligned = noise(count * 1024 + 1);
  for (std::size_t i = 0; i < count; ++i) {
    for (unsigned byte = 0; byte < 4; ++byte) aligned[i * 1024 + byte] = static_cast<Byte>(kMarker >> (24 - 8 * byte));
  }
  if (shift == 0) return aligned;
  Bytes shifted(aligned.size());
  copy_bits(aligned, 8 - shift, 8 * (aligned.size() - 1), false, std::span<Byte>(shifted).subspan(1));
  return shifted;
}

void set_bytes(benchmark::State& state, std::size_t size_bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(size_bytes));
}

void memory_copy(benchmark::State& state) {
  const Bytes from = noise(kPushBytes);
  Bytes to(from.size());
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::ClobberMemory();
  }
  set_bytes(state, from.size());
}
BENCHMARK(memory_copy);

void search_in_noise(benchmark::State& state, Kernel kernel, unsigned marker_bits, unsigned errors) {
  if (!can_run(kernel)) {
    state.SkipWithError("this processor cannot run the kernel");
    return;
  }
  const Bytes bytes = noise(kPushBytes);
  const MarkerSearch search(marker_bits == 32 ? kMarker : 0x0A116FD719D83C95 >> (60 - marker_bits), marker_bits, errors,
                            kernel);
  for (auto _ : state) {
    for (auto found = search.find(bytes, 0, bytes.size() * 8); found;) {
      found = search.find(bytes, found->bit + 1, bytes.size() * 8);
    }
  }
  set_bytes(state, bytes.size());
}

void bit_shifted_copy(benchmark::State& state, Kernel kernel, BitShiftKernel copy) {
  if (!can_run(kernel)) {
    state.SkipWithError("this processor cannot run the kernel");
    return;
  }
  const Bytes from = noise(kPushBytes);
  Bytes to(from.size() - 1);
  for (auto _ : state) {
    copy(from.data(), 5, 0, to.data(), to.size());
    benchmark::ClobberMemory();
  }
  set_bytes(state, to.size());
}

// With the kernel that DOWNLINKD_KERNEL names.
void frame_sync(benchmark::State& state, const Bytes& input, std::size_t push_bytes = kPushBytes) {
  const Profile profile;
  FrameSync sync(profile);
  FrameBatch batch;
  for (auto _ : state) {
    for (std::size_t at = 0; at < input.size(); at += push_bytes) {
      batch.clear();
      sync.push(ByteView(input).subspan(at, std::min(push_bytes, input.size() - at)), UtcTime{}, batch);
    }
    benchmark::DoNotOptimize(batch.empty());
    sync.flush(batch);
  }
  set_bytes(state, input.size());
}

void lock_aligned(benchmark::State& state) {
  frame_sync(state, cadus(8192, 0));
}
BENCHMARK(lock_aligned);

void lock_bit_shifted(benchmark::State& state) {
  frame_sync(state, cadus(8192, 5));
}
BENCHMARK(lock_bit_shifted);

// A frame a push: all of them are held until the next one has come.
void lock_by_datagrams(benchmark::State& state) {
  frame_sync(state, cadus(8192, 0), 1024);
}
BENCHMARK(lock_by_datagrams);

void no_lock_in_noise(benchmark::State& state) {
  frame_sync(state, noise(8 << 20));
}
BENCHMARK(no_lock_in_noise);

void register_kernels() {
  for (const Kernel kernel : kKernels) {
    const std::string name(to_string(kernel));
    for (const unsigned bits : {32U, 60U}) {
      for (const unsigned errors : {0U, 1U, 2U, 3U}) {
        const std::string row =
            "search_in_noise/" + name + "/bits:" + std::to_string(bits) + "/errors:" + std::to_string(errors);
        benchmark::RegisterBenchmark(row.c_str(), search_in_noise, kernel, bits, errors);
      }
    }
  }
  benchmark::RegisterBenchmark("bit_shifted_copy/scalar", bit_shifted_copy, Kernel::scalar, bit_shift_scalar);
#if defined(__x86_64__)
  benchmark::RegisterBenchmark("bit_shifted_copy/avx2", bit_shifted_copy, Kernel::avx2, bit_shift_avx2);
  benchmark::RegisterBenchmark("bit_shifted_copy/avx512_gfni", bit_shifted_copy, Kernel::avx512_gfni, bit_shift_avx512);
#endif
}

}  // namespace
}  // namespace dl::link

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  dl::link::register_kernels();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
