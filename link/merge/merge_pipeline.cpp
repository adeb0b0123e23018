#include "link/merge/merge_pipeline.h"

#include <algorithm>
#include <cassert>

namespace dl::link {
namespace {

void add(CodewordCounts& sum, const CodewordCounts& other) {
  for (std::size_t i = 0; i < sum.by_symbols_corrected.size(); ++i) {
    sum.by_symbols_corrected[i] += other.by_symbols_corrected[i];
  }
  sum.uncorrectable += other.uncorrectable;
}

void add(SyncCounts& sum, const SyncCounts& other) {
  sum.frames_in_lock += other.frames_in_lock;
  sum.flywheel_frames += other.flywheel_frames;
  sum.inverted_frames += other.inverted_frames;
  sum.polarity_changes += other.polarity_changes;
  sum.slipped_frames += other.slipped_frames;
  sum.slipped_bits += other.slipped_bits;
  sum.marker_bit_errors += other.marker_bit_errors;
  sum.locks_acquired += other.locks_acquired;
  sum.locks_lost += other.locks_lost;
  sum.search_bytes += other.search_bytes;
  sum.longest_lock_frames = std::max(sum.longest_lock_frames, other.longest_lock_frames);
}

void add(std::vector<ScidCount>& sum, const std::vector<ScidCount>& other) {
  for (const ScidCount& count : other) {
    const auto same = std::find_if(sum.begin(), sum.end(), [&](const ScidCount& row) {
      return row.version == count.version && row.scid == count.scid;
    });
    if (same == sum.end()) {
      sum.push_back(count);
    } else {
      same->frames += count.frames;
    }
  }
}

}  // namespace

MergePipeline::MergePipeline(const std::vector<Profile>& inputs, IdlePackets idle)
    : ended_(inputs.size()), merger_(inputs.size()), channels_(inputs.front(), idle) {
  receivers_.reserve(inputs.size());
  for (const Profile& profile : inputs) receivers_.push_back(std::make_unique<FrameReceiver>(profile));
}

void MergePipeline::push(std::size_t input, ByteView bytes, UtcTime received_at, PacketBatch& out,
                         StationVerdict station) {
  receivers_[input]->push(bytes, received_at, station);
  merge_frames(input, out);
}

void MergePipeline::skip(std::size_t input, std::uint64_t size_bytes, DropReason reason, PacketBatch& out) {
  receivers_[input]->skip(size_bytes, reason);
  merge_frames(input, out);
}

void MergePipeline::end(std::size_t input, PacketBatch& out) {
  receivers_[input]->flush();
  merge_frames(input, out);
  ended_[input] = true;
  merger_.end(input, into(out));
}

void MergePipeline::release(UtcTime time, PacketBatch& out) {
  merger_.begin();
  merger_.release(time, into(out));
}

void MergePipeline::flush(PacketBatch& /*out*/) {
  assert(std::all_of(ended_.begin(), ended_.end(), [](bool ended) { return ended; }));
  channels_.flush();
  assert(report().balanced());
}

void MergePipeline::merge_frames(std::size_t input, PacketBatch& out) {
  merger_.begin();
  const FrameMerger::Take take = into(out);
  for (const Frame& frame : receivers_[input]->frames()) merger_.push(input, frame, take);
}

FrameMerger::Take MergePipeline::into(PacketBatch& out) {
  return [this, &out](Frame& frame) { channels_.take(frame, out); };
}

std::size_t MergePipeline::next_input() const {
  std::size_t best = inputs();
  for (std::size_t input = 0; input < inputs(); ++input) {
    if (ended_[input]) continue;
    if (best == inputs() || merger_.waiting_bytes(input) < merger_.waiting_bytes(best)) best = input;
  }
  return best;
}

bool MergePipeline::locked() const {
  return std::any_of(receivers_.begin(), receivers_.end(), [](const auto& receiver) { return receiver->locked(); });
}

LinkReport MergePipeline::report() const {
  LinkReport report;
  for (const auto& receiver : receivers_) {
    LinkReport& input = report.inputs.emplace_back();
    receiver->report_to(input);
    report.soft.merge(input.soft);
    report.sync.merge(input.sync);
    add(report.sync_counts, input.sync_counts);
    report.coding.merge(input.coding);
    add(report.codewords, input.codewords);
    report.headers.merge(input.headers);
    add(report.scids, input.scids);
  }
  report.merge = merger_.losses();
  report.merge_counts = merger_.counts();
  channels_.report_to(report);
  return report;
}

}  // namespace dl::link
