// What became of the input of a LinkPipeline, stage by stage.
//
// The identities that imbalances() checks, after flush(), in the order of the stages. What does not run in a form of
// input (link/profile.h InputForm) has counted nothing.
//   each stage     bytes_in = bytes_out + dropped bytes, units_in = units_out + dropped units
//   between them   soft.out or words.out = sync.in in bytes, sync.out = coding.in, coding.out = headers.in,
//                  headers.out = sum of virtual channels' frames.in, in bytes and in frames,
//                  frames.out = packets.in in bytes
//   merged         headers.out, over all receptions, = merge.in, and merge.out = frames.in
//   packets        packets.out + tip_frames.out = sum over the APIDs, in bytes and in packets
// So bits in = frames + what was passed over, and frames = used + dropped by reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/loss_ledger.h"
#include "link/channel_chain.h"
#include "link/coding/channel_decoder.h"
#include "link/frames/frame_check.h"
#include "link/frames/master_channel.h"
#include "link/merge/merge_counts.h"
#include "link/profile.h"
#include "link/soft/soft_decoder.h"
#include "link/sync/sync_counts.h"
#include "link/sync/word_unpacker.h"

namespace dl::link {

struct LinkReport {
  InputForm form = InputForm::bits;
  LossLedger soft;  // form soft_symbols
  SoftDecoder::Counts soft_counts;
  LossLedger words;  // HRPT as bits
  std::optional<WordContainer> word_container;
  LossLedger sync;
  SyncCounts sync_counts;
  LossLedger coding;
  CodewordCounts codewords;
  LossLedger headers;
  std::vector<ScidCount> scids;  // of other spacecraft, in frames that passed the code; by version and identifier
  std::optional<MasterChannel::Counts> master_channel;  // TM
  std::vector<VirtualChannelReport> virtual_channels;   // by VCID; those with a frame. Form packets: one, VCID 0

  // Only where several receptions were merged: each one up to its headers. What stands above is their sum then.
  std::vector<LinkReport> inputs;
  std::vector<MergeCounts> merge_counts;  // by reception
  LossLedger merge;                       // in: good frames of all receptions; dropped: weaker_copy

  // Over all virtual channels.
  [[nodiscard]] LossLedger frames() const;
  [[nodiscard]] LossLedger packets() const;
  [[nodiscard]] LossLedger tip_frames() const;

  // Of the input, as received.
  [[nodiscard]] std::uint64_t bytes_in() const;

  // The identities above that do not hold, in words; empty unless a stage has a bug or flush() has not been called.
  [[nodiscard]] std::vector<std::string> imbalances() const;
  [[nodiscard]] bool balanced() const { return imbalances().empty(); }
};

}  // namespace dl::link
