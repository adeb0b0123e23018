#include "link/coding/channel_decoder.h"

#include "link/coding/randomizer.h"

namespace dl::link {

ChannelDecoder::ChannelDecoder(const Profile& profile) : randomizer_(profile.randomizer) {
  if (profile.code == ReedSolomonCode::rs_255_223) {
    reed_solomon_.emplace(profile.basis, profile.interleave, profile.virtual_fill_bytes);
  }
}

void ChannelDecoder::decode(FrameBatch& batch) {
  for (Frame& frame : batch.frames()) {
    if (!frame.dropped) decode(frame);
  }
}

void ChannelDecoder::decode(Frame& frame) {
  ++losses_.units_in;
  losses_.bytes_in += frame.bytes.size();
  if (randomizer_ == Randomizer::ccsds_255) apply_randomizer(frame.bytes);
  if (reed_solomon_) {
    const CodeblockResult result = reed_solomon_->decode(frame.bytes);
    for (unsigned k = 0; k < result.interleave; ++k) {
      const std::uint8_t corrected = result.corrected[k];
      ++(corrected == CodeblockResult::kUncorrectable ? codewords_.uncorrectable
                                                      : codewords_.by_symbols_corrected[corrected]);
    }
    frame.quality.symbols_corrected = static_cast<std::uint16_t>(result.symbols_corrected());
    if (result.uncorrectable()) {
      frame.dropped = DropReason::rs_uncorrectable;
      losses_.drop(DropReason::rs_uncorrectable, 1, frame.bytes.size());
      return;
    }
    losses_.drop(DropReason::overhead, 0, frame.bytes.size() - reed_solomon_->data_size_bytes());
    frame.bytes = frame.bytes.first(reed_solomon_->data_size_bytes());
  }
  ++losses_.units_out;
  losses_.bytes_out += frame.bytes.size();
}

}  // namespace dl::link
