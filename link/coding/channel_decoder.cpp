#include "link/coding/channel_decoder.h"

#include "link/coding/randomizer.h"

namespace dl::link {

ChannelDecoder::ChannelDecoder(const Profile& profile, Kernel kernel) {
  const bool coded = profile.code != ReedSolomonCode::none;
  const bool inside = coded && profile.randomizer_place == RandomizerPlace::inside_code;
  Bytes mask;
  if (profile.randomizer != Randomizer::none) {
    mask = randomizer_mask(profile.randomizer, profile.randomizer_offset_bytes,
                           inside ? profile.frame_size_bytes() : profile.codeblock_size_bytes());
  }
  if (coded) {
    const CodeblockShape shape{profile.code, profile.basis, profile.interleave, profile.virtual_fill_bytes,
                               profile.code_use};
    data_size_ = shape.data_size_bytes();
    kernel_ = make_codeblock_kernel(kernel, shape, inside ? ByteView{} : ByteView{mask});
  }
  if (!coded || inside) mask_ = std::move(mask);
}

void ChannelDecoder::decode(FrameBatch& batch) {
  frames_.clear();
  blocks_.clear();
  for (Frame& frame : batch.frames()) {
    if (frame.dropped) continue;
    ++losses_.units_in;
    losses_.bytes_in += frame.bytes.size();
    frames_.push_back(&frame);
    blocks_.push_back(frame.bytes);
  }
  if (kernel_) decode_codeblocks();
  for (Frame* frame : frames_) {
    if (frame->dropped) continue;
    if (!mask_.empty()) add_mask(frame->bytes, mask_);
    ++losses_.units_out;
    losses_.bytes_out += frame->bytes.size();
  }
}

void ChannelDecoder::decode_codeblocks() {
  results_.resize(blocks_.size());
  kernel_->decode(blocks_, results_);
  for (std::size_t i = 0; i < frames_.size(); ++i) book(*frames_[i], results_[i]);
}

void ChannelDecoder::book(Frame& frame, const CodeblockResult& result) {
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
  losses_.drop(DropReason::overhead, 0, frame.bytes.size() - data_size_);
  frame.bytes = frame.bytes.first(data_size_);
}

}  // namespace dl::link
