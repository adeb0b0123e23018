// The replies of a Cortex telemetry port, cut into frames: pure, no sockets ("ground-interfaces", 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "config/config.h"
#include "core/bytes.h"
#include "core/error.h"
#include "daemon/ingest/cortex/cortex_time.h"
#include "link/profile.h"

namespace dl::daemon {

// Where what stands, in bytes. A reply is a preamble, blocks, a postamble; a block is sync word and frame, padding,
// time tag (8), status (8), spare.
struct CortexLayout {
  Bytes sync_word;                // empty: frames have none, and blocks are told by their place alone
  unsigned sync_errors = 0;       // bit errors that it may have where it is expected
  bool sync_word_is_ours = true;  // false: the frame is handed on without it
  std::size_t frame_bytes = 0;    // sync word included
  std::size_t padding_bytes = 0;
  bool has_time_tag = true;
  bool has_status = true;
  std::size_t spare_bytes = 0;
  std::size_t preamble_bytes = 0;   // four and more begin with the word 1234567890
  std::size_t postamble_bytes = 0;  // four and more end with the word -1234567890
  unsigned blocks_per_reply = 1;    // a reply may have fewer or more

  [[nodiscard]] std::size_t block_bytes() const {
    return frame_bytes + padding_bytes + (has_time_tag ? 8 : 0) + (has_status ? 8 : 0) + spare_bytes;
  }
};

// Of the spacecraft's frames as the demodulator hands them over: `bits` (coded, with sync word), `codeblocks`, `frames`
// (decoded; both have the sync word in the block, and are handed on without it). Kind config: another form, a sync word
// or frame that is not of whole bytes.
Result<CortexLayout> cortex_layout(const config::Cortex& cortex, const link::Profile& profile, link::InputForm form);

struct CortexBlock {
  ByteView frame;  // valid during the call
  std::optional<CortexTimeTag> time_tag;
};

struct CortexCounts {
  std::uint64_t blocks = 0;
  std::uint64_t resynchronised = 0;  // times that no sync word was where it had to be
  std::uint64_t skipped_bytes = 0;   // passed over in search of one
  std::uint64_t cut_blocks = 0;      // by the end of a connection
  std::uint64_t cut_bytes = 0;
};

// How the stream is cut into pushes changes nothing. Every byte is of a block, or of the frame of a reply, or counted.
class CortexReplyReader {
 public:
  using Take = std::function<void(const CortexBlock&)>;

  explicit CortexReplyReader(CortexLayout layout) : layout_(std::move(layout)) {}

  // Calls `take` with every block that is complete. Keeps less than a block and what stands around it.
  void push(ByteView bytes, const Take& take);
  // The connection is over: the next push is the beginning of a reply.
  void end_connection();
  [[nodiscard]] const CortexCounts& counts() const { return counts_; }

 private:
  enum class Found { yes, no, more };  // more: that needs more bytes
  [[nodiscard]] ByteView rest() const { return ByteView(buffer_).subspan(position_); }
  [[nodiscard]] Found word_at(std::size_t offset, std::uint32_t word) const;
  [[nodiscard]] Found sync_word_at(std::size_t offset, unsigned errors) const;
  [[nodiscard]] Found first_block(unsigned errors) const;
  [[nodiscard]] Found block_of_next_reply(unsigned errors) const;
  [[nodiscard]] Found next_block(std::size_t& offset) const;
  bool step(const Take& take);
  bool search();
  bool take_block(std::size_t offset, const Take& take);
  void skip(std::size_t bytes);

  const CortexLayout layout_;
  Bytes buffer_;
  std::size_t position_ = 0;
  std::optional<unsigned> blocks_;  // of this reply that were taken; nothing: a reply begins here
  bool searching_ = false;
  CortexCounts counts_;
};

}  // namespace dl::daemon
