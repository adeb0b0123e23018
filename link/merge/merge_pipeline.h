// Several recordings of one pass to packets: a FrameReceiver for each, then one row of frames (frame_merger) and from
// there on as in LinkPipeline.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "link/channel_set.h"
#include "link/frame_receiver.h"
#include "link/link_report.h"
#include "link/merge/frame_merger.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::link {

class MergePipeline {
 public:
  // One profile for each recording: the same downlink, each as Profile::received_as() makes it for its form, which is
  // not packets. 2 to FrameMerger::kMaxInputs.
  explicit MergePipeline(const std::vector<Profile>& inputs, IdlePackets idle = IdlePackets::swallowed);

  // The next bytes of one recording, as LinkPipeline::push() takes them. The packets of each virtual channel are those
  // of a recording that has every frame that one of these has, in the same order; between channels the order may be
  // another than that in which the frames were sent. How the inputs are cut into pushes, and which of them is pushed
  // first, changes neither. All this holds while no input is further ahead of another than the merger's window, and
  // where a counter runs back (the spacecraft was reset) within the limits that FrameMerger names.
  void push(std::size_t input, ByteView bytes, UtcTime received_at, PacketBatch& out,
            StationVerdict station = StationVerdict::none);
  void skip(std::size_t input, std::uint64_t size_bytes, DropReason reason, PacketBatch& out);
  // This recording is complete: nothing waits for it any more.
  void end(std::size_t input, PacketBatch& out);
  // What was received before `time` comes out, whatever the other recordings may still give.
  void release(UtcTime time, PacketBatch& out);
  // The pass has ended, after end() of every recording; the report is final.
  void flush(PacketBatch& out);

  // Of the recordings that have not ended, the one whose next bytes will help most: the one that has least waiting.
  // inputs() when all have ended.
  [[nodiscard]] std::size_t next_input() const;
  [[nodiscard]] std::size_t inputs() const { return receivers_.size(); }
  [[nodiscard]] bool locked() const;
  // ChannelSet::breaks() of the merged row.
  [[nodiscard]] std::uint64_t breaks() const { return channels_.breaks(); }
  [[nodiscard]] LinkReport report() const;

 private:
  void merge_frames(std::size_t input, PacketBatch& out);
  [[nodiscard]] FrameMerger::Take into(PacketBatch& out);

  std::vector<std::unique_ptr<FrameReceiver>> receivers_;
  std::vector<bool> ended_;
  FrameMerger merger_;
  ChannelSet channels_;
};

}  // namespace dl::link
