#include "daemon/ingest/cortex/cortex_reply.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "daemon/ingest/cortex/cortex_request.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kWordBytes = 4;

Bytes sync_word_of(const link::Profile& profile) {
  Bytes word(profile.marker_bits / 8);
  for (std::size_t i = 0; i < word.size(); ++i) {
    word[i] = static_cast<Byte>(profile.marker >> (8 * (word.size() - 1 - i)));
  }
  return word;
}

}  // namespace

Result<CortexLayout> cortex_layout(const config::Cortex& cortex, const link::Profile& profile, link::InputForm form) {
  using link::InputForm;
  if (form != InputForm::bits && form != InputForm::codeblocks && form != InputForm::frames) {
    return fail(
        ErrorKind::config,
        "a Cortex hands over frames: expected the form 'bits', 'codeblocks' or 'frames' of a source of this kind");
  }
  if (profile.marker_bits % 8 != 0 || profile.cadu_bits() % 8 != 0) {
    return fail(
        ErrorKind::config,
        fmt::format("the link profile '{}' has a marker of {} bits and frames of {} bits: expected whole bytes, "
                    "which is how a Cortex hands frames over",
                    profile.name, profile.marker_bits, profile.cadu_bits()));
  }
  CortexLayout layout;
  layout.sync_word = sync_word_of(profile);
  layout.sync_errors = profile.marker_errors_lock;
  layout.sync_word_is_ours = form == InputForm::bits;
  layout.frame_bytes = layout.sync_word.size() +
                       (form == InputForm::frames ? profile.frame_size_bytes() : profile.codeblock_size_bytes());
  layout.padding_bytes = cortex.frame_padding_bytes;
  layout.has_time_tag = cortex.has_time_tag;
  layout.has_status = cortex.has_status;
  layout.spare_bytes = cortex.spare_bytes;
  layout.preamble_bytes = cortex.preamble_bytes;
  layout.postamble_bytes = cortex.postamble_bytes;
  layout.blocks_per_reply = cortex.blocks_per_reply;
  return layout;
}

void CortexReplyReader::push(ByteView bytes, const Take& take) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  while (step(take)) continue;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
}

void CortexReplyReader::end_connection() {
  const std::size_t left = rest().size();
  const bool reply_is_over = blocks_ && *blocks_ >= layout_.blocks_per_reply;
  const bool whole = blocks_ && (reply_is_over ? left <= layout_.postamble_bytes : left == layout_.postamble_bytes);
  if (searching_) {
    skip(left);
  } else if (left > 0 && !whole) {
    ++counts_.cut_blocks;
    counts_.cut_bytes += left;
  }
  buffer_.clear();
  position_ = 0;
  blocks_.reset();
  searching_ = false;
}

// False when it needs more bytes.
bool CortexReplyReader::step(const Take& take) {
  if (searching_) return search();
  std::size_t offset = 0;
  switch (next_block(offset)) {
    case Found::yes:
      return take_block(offset, take);
    case Found::more:
      return false;
    case Found::no:
      break;
  }
  ++counts_.resynchronised;
  searching_ = true;
  return true;
}

// Where the block after the last one begins: in this reply, or behind its end. The count of blocks says which to
// expect; a reply that was shorter or longer has its sync word at the other place.
CortexReplyReader::Found CortexReplyReader::next_block(std::size_t& offset) const {
  const std::size_t of_next_reply = layout_.postamble_bytes + layout_.preamble_bytes;
  if (!blocks_) {
    offset = layout_.preamble_bytes;
    return first_block(layout_.sync_errors);
  }
  const bool reply_is_over = *blocks_ >= layout_.blocks_per_reply;
  offset = reply_is_over ? of_next_reply : 0;
  const Found expected =
      reply_is_over ? block_of_next_reply(layout_.sync_errors) : sync_word_at(0, layout_.sync_errors);
  // Without sync words the place is all there is.
  if (expected != Found::no || layout_.sync_word.empty()) return expected;
  offset = reply_is_over ? 0 : of_next_reply;
  return reply_is_over ? sync_word_at(0, 0) : block_of_next_reply(0);
}

CortexReplyReader::Found CortexReplyReader::first_block(unsigned errors) const {
  if (layout_.preamble_bytes >= kWordBytes) {
    if (const Found head = word_at(0, kCortexHead); head != Found::yes) return head;
  }
  return sync_word_at(layout_.preamble_bytes, errors);
}

CortexReplyReader::Found CortexReplyReader::block_of_next_reply(unsigned errors) const {
  if (layout_.postamble_bytes >= kWordBytes) {
    const Found tail = word_at(layout_.postamble_bytes - kWordBytes, kCortexTail);
    if (tail != Found::yes) return tail;
  }
  if (layout_.preamble_bytes >= kWordBytes) {
    const Found head = word_at(layout_.postamble_bytes, kCortexHead);
    if (head != Found::yes) return head;
  }
  return sync_word_at(layout_.postamble_bytes + layout_.preamble_bytes, errors);
}

CortexReplyReader::Found CortexReplyReader::word_at(std::size_t offset, std::uint32_t word) const {
  if (rest().size() < offset + kWordBytes) return Found::more;
  return read_u32(rest(), offset) == word ? Found::yes : Found::no;
}

CortexReplyReader::Found CortexReplyReader::sync_word_at(std::size_t offset, unsigned errors) const {
  const Bytes& word = layout_.sync_word;
  if (rest().size() < offset + word.size()) return Found::more;
  unsigned wrong = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    wrong += static_cast<unsigned>(std::popcount(static_cast<Byte>(rest()[offset + i] ^ word[i])));
  }
  // A demodulator may hand over what it received upside down; the link turns it.
  const bool upside_down = layout_.sync_word_is_ours && 8 * word.size() - wrong <= errors;
  return wrong <= errors || upside_down ? Found::yes : Found::no;
}

bool CortexReplyReader::take_block(std::size_t offset, const Take& take) {
  if (rest().size() < offset + layout_.block_bytes()) return false;
  // What stands in front of it is of a reply's end and beginning.
  const bool reply_begins = !blocks_ || (offset > 0);
  const ByteView block = rest().subspan(offset, layout_.block_bytes());
  CortexBlock found;
  found.frame = block.first(layout_.frame_bytes).subspan(layout_.sync_word_is_ours ? 0 : layout_.sync_word.size());
  if (layout_.has_time_tag) {
    const std::size_t tag = layout_.frame_bytes + layout_.padding_bytes;
    found.time_tag = {read_u32(block, tag), read_u32(block, tag + kWordBytes)};
  }
  take(found);
  ++counts_.blocks;
  blocks_ = reply_begins ? 1 : std::min(*blocks_ + 1, std::max(layout_.blocks_per_reply, 1U));
  position_ += offset + layout_.block_bytes();
  return true;
}

// To the next exact sync word, and to the preamble in front of it where there is one.
bool CortexReplyReader::search() {
  const bool has_head = layout_.preamble_bytes >= kWordBytes;
  Bytes wanted = layout_.sync_word;
  if (wanted.empty()) append_u32(wanted, kCortexHead);
  const ByteView bytes = rest();
  const auto place = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
  if (place == bytes.end()) {
    const std::size_t kept = wanted.size() - 1 + layout_.preamble_bytes;
    if (bytes.size() > kept) skip(bytes.size() - kept);
    return false;
  }
  const auto found = static_cast<std::size_t>(place - bytes.begin());
  searching_ = false;
  if (layout_.sync_word.empty()) {
    skip(found);
    blocks_.reset();
    return true;
  }
  const bool behind_preamble =
      has_head && found >= layout_.preamble_bytes && read_u32(bytes, found - layout_.preamble_bytes) == kCortexHead;
  skip(behind_preamble ? found - layout_.preamble_bytes : found);
  blocks_ = behind_preamble ? std::nullopt : std::optional<unsigned>(0);
  return true;
}

void CortexReplyReader::skip(std::size_t bytes) {
  counts_.skipped_bytes += bytes;
  position_ += bytes;
}

}  // namespace dl::daemon
