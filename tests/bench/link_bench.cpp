// The whole link, CADU to packets, beside Debian's libfec in the same run; for each kernel that this processor has.
//
//   bin/link_bench                       every kernel, one after the other, and a table of ratios for each
//   DOWNLINKD_KERNEL=avx2 bin/link_bench --benchmark_filter=clean
//
// Rates are bytes of whole CADUs per second of processor time. The CADUs are as Suomi NPP sends them: AOS, interleave
// 4, dual basis, randomized; packets of 642 bytes. "Ours" is LinkPipeline::push of blocks of 256 KiB; libfec's share is
// derandomizing, de-interleaving and decode_rs_ccsds(), no frames and no packets.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

extern "C" {  // which fec.h does not say itself
#include <fec.h>
}

#include "core/kernel_choice.h"
#include "link/coding/randomizer.h"
#include "link/frame_encoder.h"
#include "link/link_pipeline.h"
#include "link/packets/space_packet.h"

namespace dl::link {
namespace {

constexpr std::size_t kCaduBytes = 1024;
constexpr std::size_t kOurCadus = 32768;   // 32 MiB: more than the caches near a core hold
constexpr std::size_t kLibfecCadus = 512;  // it sees no difference, and takes a hundred times as long
constexpr std::size_t kBlockBytes = 256U << 10;
constexpr unsigned kInterleave = 4;

Profile bench_profile() {
  Profile profile;
  profile.name = "bench";
  profile.scid = 157;
  return profile;
}

Bytes make_clean_stream() {
  const Profile profile = bench_profile();
  FrameEncoder encoder(profile);
  std::mt19937 random(51);
  Bytes stream;
  stream.reserve((kOurCadus + 1) * kCaduBytes);
  Bytes data(636);
  SpacePacketHeader header;
  while (stream.size() < kOurCadus * kCaduBytes) {
    for (Byte& byte : data) byte = static_cast<Byte>(random());
    header.apid = static_cast<std::uint16_t>(800 + random() % 8);
    header.sequence_count = static_cast<std::uint16_t>(random() & 0x3FFF);
    Bytes packet;
    append_space_packet(header, data, packet);
    encoder.add_packet(16, packet, stream);
  }
  stream.resize(kOurCadus * kCaduBytes);
  return stream;
}

// `wrong` different symbols of every codeword.
void damage(Bytes& stream, std::size_t wrong) {
  std::mt19937 random(52);
  std::vector<std::size_t> places(255);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  for (std::size_t cadu = 0; cadu < stream.size(); cadu += kCaduBytes) {
    for (std::size_t k = 0; k < kInterleave; ++k) {
      for (std::size_t i = 0; i < wrong; ++i) {
        std::swap(places[i], places[i + random() % (places.size() - i)]);
        stream[cadu + 4 + places[i] * kInterleave + k] ^= static_cast<Byte>(1 + random() % 255);
      }
    }
  }
}

const Bytes& stream_with(std::size_t wrong) {
  static const Bytes kClean = make_clean_stream();
  static std::map<std::size_t, Bytes> streams;
  Bytes& stream = streams[wrong];
  if (stream.empty()) {
    stream = kClean;
    damage(stream, wrong);
  }
  return stream;
}

void push_all(LinkPipeline& pipeline, ByteView stream, PacketBatch& batch) {
  while (!stream.empty()) {
    const std::size_t size = std::min(kBlockBytes, stream.size());
    pipeline.push(stream.first(size), UtcTime{}, batch);
    benchmark::DoNotOptimize(batch.packets().data());
    batch.clear();
    stream = stream.subspan(size);
  }
  pipeline.flush(batch);
  batch.clear();
}

void ours(benchmark::State& state, std::size_t wrong) {
  const Bytes& stream = stream_with(wrong);
  PacketBatch batch;
  for (auto _ : state) {
    state.PauseTiming();
    LinkPipeline pipeline(bench_profile());
    state.ResumeTiming();
    push_all(pipeline, stream, batch);
    state.PauseTiming();
    const std::uint64_t expected = wrong <= kMaxCorrectableSymbols ? kOurCadus : 0;
    if (pipeline.report().coding.units_out != expected) state.SkipWithError("frames are missing");
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
}

void libfec(benchmark::State& state, std::size_t wrong) {
  const ByteView stream = ByteView(stream_with(wrong)).first(kLibfecCadus * kCaduBytes);
  const ByteView mask = randomizer_sequence();
  Bytes word(255);
  for (auto _ : state) {
    for (std::size_t cadu = 0; cadu < stream.size(); cadu += kCaduBytes) {
      const ByteView block = stream.subspan(cadu + 4, kCaduBytes - 4);
      for (std::size_t k = 0; k < kInterleave; ++k) {
        for (std::size_t i = 0; i < word.size(); ++i) {
          const std::size_t at = i * kInterleave + k;
          word[i] = block[at] ^ mask[at % mask.size()];
        }
        benchmark::DoNotOptimize(decode_rs_ccsds(word.data(), nullptr, 0, 0));
      }
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
}

// Prints what it is told, and remembers the rates.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      const auto rate = run.counters.find("bytes_per_second");
      if (rate != run.counters.end()) rates_[run.run_name.function_name].push_back(rate->second.value);
    }
  }

  void print_ratios() {
    fmt::print("\nkernel {}: medians, MB of CADUs per second of processor time\n", to_string(kernel_choice()));
    for (const char* line : {"clean", "8_wrong", "16_wrong", "20_wrong"}) {
      const double our_rate = median(rates_[fmt::format("ours/{}", line)]);
      const double their_rate = median(rates_[fmt::format("libfec/{}", line)]);
      if (our_rate > 0 && their_rate > 0) {
        fmt::print("{:10} {:8.0f}   libfec {:6.1f}   {:5.0f}x\n", line, our_rate / 1e6, their_rate / 1e6,
                   our_rate / their_rate);
      }
    }
  }

 private:
  static double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
  }

  std::map<std::string, std::vector<double>> rates_;
};

int run_one_kernel(int count, char** arguments) {
  if (!kernel_choice_warning().empty()) fmt::print(stderr, "{}\n", kernel_choice_warning());
  const std::map<std::string, std::size_t> lines = {{"clean", 0}, {"8_wrong", 8}, {"16_wrong", 16}, {"20_wrong", 20}};
  for (const auto& [name, wrong] : lines) {
    benchmark::RegisterBenchmark(("ours/" + name).c_str(), ours, wrong)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("libfec/" + name).c_str(), libfec, wrong)->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&count, arguments);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print_ratios();
  return 0;
}

// The choice of a kernel is one for the whole process.
int run_every_kernel(char** arguments) {
  for (const Kernel kernel : kKernels) {
    if (!can_run(kernel)) continue;
    const pid_t child = fork();
    if (child == 0) {
      setenv(kKernelVariable, std::string(to_string(kernel)).c_str(), 1);
      execv("/proc/self/exe", arguments);
      _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace dl::link

int main(int count, char** arguments) {
  if (std::getenv(dl::kKernelVariable) == nullptr) return dl::link::run_every_kernel(arguments);
  return dl::link::run_one_kernel(count, arguments);
}
