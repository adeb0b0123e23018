// Several receptions of one row of frames: each lacks some of them, has others damaged, and has some of its own.
#include "link/merge/merge_pipeline.h"

#include <tuple>

#include "link/frame_encoder.h"
#include "link/packets/space_packet.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

using Kept = std::tuple<unsigned, unsigned, unsigned, bool, Bytes>;

struct Outcome {
  std::vector<Kept> packets;
  link::LinkReport report;
};

// Frames of 24 to 39 bytes without marker. With a checksum a damaged frame is no frame; without, it is another one.
link::Profile choose_frames(Input& input) {
  constexpr std::uint8_t kVersions[] = {1, 0, 12};
  link::Profile profile;
  const unsigned kind = input.below(3);
  profile.frame_kind = static_cast<link::FrameKind>(kind);
  profile.frame_version = kVersions[kind];
  profile.scid = 7;
  profile.marker_bits = 0;
  profile.marker = 0;
  profile.code = link::ReedSolomonCode::none;
  profile.randomizer = link::Randomizer::none;
  profile.cadu_size_bytes = 24 + input.below(16);
  profile.frame_error_control = input.flag();
  return profile;
}

// What every reception has of the same row of frames.
class Receptions {
 public:
  Receptions(const link::Profile& profile, std::size_t count)
      : encoder_(profile),
        bytes_(count),
        frame_bytes_(profile.cadu_size_bytes),
        orderly_(profile.frame_error_control) {}

  std::vector<Bytes> make(Input& input) {
    while (!input.empty() && frames_ < 24) {
      const std::uint8_t command = input.byte();
      const auto vcid = static_cast<std::uint8_t>(command >> 2 & 3);
      switch (command & 3) {
        case 0:
          add_packet(vcid, 1 + input.below(64));
          break;
        case 1:
          encoder_.add_idle_frame(sent_);
          break;
        case 2:
          encoder_.set_counter(vcid, (command & 0x80) != 0 ? 0xFFFFFFFEU : input.byte());
          orderly_ = false;
          break;
        default: {
          Bytes raw = copy_of(input.take(frame_bytes_));
          raw.resize(frame_bytes_);
          sent_.insert(sent_.end(), raw.begin(), raw.end());
          orderly_ = false;
        }
      }
      hand_out(input);
    }
    return std::move(bytes_);
  }
  // Counters run on, and damage is known as such: only then are the receptions parts of the same row.
  [[nodiscard]] bool orderly() const { return orderly_; }

 private:
  void add_packet(std::uint8_t vcid, std::size_t data_bytes) {
    link::SpacePacketHeader header;
    header.apid = 100 + vcid;
    header.sequence_count = sequence_count_++;
    Bytes packet;
    link::append_space_packet(header, Bytes(data_bytes, static_cast<Byte>(sequence_count_)), packet);
    encoder_.add_packet(vcid, packet, sent_);
  }
  // A byte for each frame: which receptions lack it, which have it with a wrong bit.
  void hand_out(Input& input) {
    for (ByteView rest = sent_; !rest.empty(); rest = rest.subspan(frame_bytes_), ++frames_) {
      const std::uint8_t fate = input.byte();
      for (std::size_t i = 0; i < bytes_.size(); ++i) {
        if ((fate >> i & 1) != 0) continue;
        const std::size_t at = bytes_[i].size();
        bytes_[i].insert(bytes_[i].end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(frame_bytes_));
        if ((fate >> (4 + i) & 1) != 0) bytes_[i][at + frame_bytes_ / 2 + i] ^= 0x10;
      }
    }
    sent_.clear();
  }

  link::FrameEncoder encoder_;
  std::vector<Bytes> bytes_;
  std::size_t frame_bytes_;
  bool orderly_;
  Bytes sent_;
  std::size_t frames_ = 0;
  std::uint16_t sequence_count_ = 0;
};

// In pieces of `piece_bytes`, in turns; or one reception after the other.
Outcome merge(const link::Profile& profile, const std::vector<Bytes>& receptions, std::size_t piece_bytes) {
  link::MergePipeline pipeline(std::vector<link::Profile>(receptions.size(), profile));
  auto& batch = empty_batch<link::PacketBatch>();
  Outcome outcome;
  const auto collect = [&] {
    for (const link::Packet& packet : batch.packets()) {
      outcome.packets.emplace_back(packet.vcid, packet.apid, packet.sequence_count, packet.gap_before,
                                   copy_of(packet.bytes));
    }
    batch.clear();
  };
  std::vector<std::size_t> done(receptions.size());
  for (std::size_t open = receptions.size(); open > 0;) {
    for (std::size_t i = 0; i < receptions.size(); ++i) {
      if (done[i] > receptions[i].size()) continue;
      const ByteView rest = ByteView(receptions[i]).subspan(done[i]);
      const std::size_t size = std::min(piece_bytes, rest.size());
      if (size > 0) pipeline.push(i, rest.first(size), kReceived, batch);
      done[i] += size;
      if (done[i] == receptions[i].size()) {
        pipeline.end(i, batch);
        ++done[i];
        --open;
      }
      collect();
    }
  }
  pipeline.flush(batch);
  collect();
  outcome.report = pipeline.report();
  for (const std::string& problem : outcome.report.imbalances()) std::fprintf(stderr, "%s\n", problem.c_str());
  DL_MUST(outcome.report.balanced());
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// Every frame is accounted for; what is pushed first, and how it is cut, changes nothing.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const dl::link::Profile profile = choose_frames(input);
  const std::uint8_t seed = input.byte();
  Receptions maker(profile, 2 + seed % 2);
  const std::vector<dl::Bytes> receptions = maker.make(input);
  const Outcome in_turns = merge(profile, receptions, 8 + seed);
  if (!maker.orderly() || !compares_pieces(seed)) return 0;
  const Outcome one_after_the_other = merge(profile, receptions, 1 << 16);
  DL_MUST(in_turns.packets == one_after_the_other.packets);
  return 0;
}
