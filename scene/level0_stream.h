// A packet file while it is being written, as a rule that of one APID: frames of zstd that can be decompressed one by
// one.
#pragma once

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"

struct ZSTD_CCtx_s;

namespace dl::scene {

// zstd at a fixed level, one thread, with content size and checksum in each frame.
class Level0Compressor {
 public:
  Level0Compressor();
  // One frame, RFC 8878. Kind exhausted.
  Result<Bytes> compress(ByteView bytes);

 private:
  struct Deleter {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Deleter> context_;
};

// A frame closes when it holds this much: small enough to seek, large enough to compress.
inline constexpr std::size_t kLevel0FrameBytes = 1 << 20;

class Level0Stream {
 public:
  // `name` is the beginning of the files' names: apid_name(34).
  explicit Level0Stream(std::string name) : name_(std::move(name)) {}

  static std::string apid_name(std::uint16_t apid);  // "apid-0034"

  void add(std::uint8_t vcid, std::uint16_t sequence_count, std::uint64_t input_order, ByteView bytes);
  // Compresses what is buffered and appends it to <folder>/<packet_file_name()>, and its line to the index.
  // Nothing happens when nothing is buffered.
  Result<void> close_frame(Level0Compressor& compressor, const std::filesystem::path& folder);

  [[nodiscard]] std::size_t buffered_bytes() const { return buffer_.size(); }
  [[nodiscard]] std::string packet_file_name() const;  // "apid-0034.pkts.zst"
  [[nodiscard]] std::string index_file_name() const;   // "apid-0034.index.jsonl"

  // Of everything that was added.
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return closed_bytes_ + buffer_.size(); }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::vector<unsigned> vcids() const;

 private:
  using VcidSet = std::bitset<256>;
  static std::vector<unsigned> members(const VcidSet& set);
  [[nodiscard]] std::string index_line(std::size_t compressed_bytes) const;

  std::string name_;
  std::uint64_t packets_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t closed_bytes_ = 0;      // uncompressed, in closed frames
  std::uint64_t compressed_bytes_ = 0;  // of the file so far
  VcidSet vcids_;

  // The frame that is open.
  Bytes buffer_;
  std::uint64_t frame_packets_ = 0;
  std::uint64_t first_input_order_ = 0;
  std::uint16_t first_sequence_count_ = 0;
  std::uint16_t last_sequence_count_ = 0;
  VcidSet frame_vcids_;
};

}  // namespace dl::scene
