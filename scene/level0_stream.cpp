#include "scene/level0_stream.h"

#include <fcntl.h>

#include <fmt/format.h>
#include <zstd.h>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

// Packets of instruments are noise to a compressor: a higher level costs time and gains little (performance.md).
constexpr int kCompressionLevel = 1;

Result<void> append(const std::filesystem::path& path, ByteView bytes) {
  DL_TRY(const FileDescriptor file, open_file(path, O_WRONLY | O_CREAT | O_APPEND));
  return write_all(file.get(), bytes, path.string());
}

}  // namespace

Level0Compressor::Level0Compressor() : context_(ZSTD_createCCtx()) {
  if (context_ == nullptr) return;
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 1);
}

void Level0Compressor::Deleter::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

Result<Bytes> Level0Compressor::compress(ByteView bytes) {
  if (context_ == nullptr) return fail(ErrorKind::exhausted, "no memory left for zstd");
  Bytes frame(ZSTD_compressBound(bytes.size()));
  const std::size_t count = ZSTD_compress2(context_.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(count) != 0) {
    return fail(ErrorKind::exhausted,
                fmt::format("zstd could not compress {} bytes: {}", bytes.size(), ZSTD_getErrorName(count)));
  }
  frame.resize(count);
  return frame;
}

void Level0Stream::add(std::uint8_t vcid, std::uint16_t sequence_count, std::uint64_t input_order, ByteView bytes) {
  if (frame_packets_ == 0) {
    first_input_order_ = input_order;
    first_sequence_count_ = sequence_count;
  }
  last_sequence_count_ = sequence_count;
  frame_vcids_.set(vcid);
  vcids_.set(vcid);
  ++frame_packets_;
  ++packets_;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::vector<unsigned> Level0Stream::members(const VcidSet& set) {
  std::vector<unsigned> list;
  for (unsigned vcid = 0; vcid < set.size(); ++vcid) {
    if (set.test(vcid)) list.push_back(vcid);
  }
  return list;
}

std::vector<unsigned> Level0Stream::vcids() const {
  return members(vcids_);
}

std::string Level0Stream::apid_name(std::uint16_t apid) {
  return fmt::format("apid-{:04}", apid);
}

std::string Level0Stream::packet_file_name() const {
  return name_ + ".pkts.zst";
}

std::string Level0Stream::index_file_name() const {
  return name_ + ".index.jsonl";
}

std::string Level0Stream::index_line(std::size_t compressed_bytes) const {
  const Json line = {{"offset", compressed_bytes_},
                     {"size_bytes", compressed_bytes},
                     {"uncompressed_offset", closed_bytes_},
                     {"uncompressed_size_bytes", buffer_.size()},
                     {"packets", frame_packets_},
                     {"first_sequence_count", first_sequence_count_},
                     {"last_sequence_count", last_sequence_count_},
                     {"first_input_order", first_input_order_},
                     {"vcids", members(frame_vcids_)}};
  return line.dump() + "\n";
}

Result<void> Level0Stream::close_frame(Level0Compressor& compressor, const std::filesystem::path& folder) {
  if (frame_packets_ == 0) return {};
  DL_TRY(const Bytes frame, compressor.compress(buffer_));
  DL_CHECK(append(folder / packet_file_name(), frame));
  DL_CHECK(append(folder / index_file_name(), as_bytes(index_line(frame.size()))));
  ++frames_;
  compressed_bytes_ += frame.size();
  closed_bytes_ += buffer_.size();
  // Not clear(): the capacity of 2048 idle streams would be 2 GiB.
  Bytes().swap(buffer_);
  frame_packets_ = 0;
  frame_vcids_.reset();
  return {};
}

}  // namespace dl::scene
