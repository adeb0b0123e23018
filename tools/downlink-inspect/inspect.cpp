#include "tools/downlink-inspect/inspect.h"

#include <fcntl.h>

#include "core/file.h"
#include "link/packets/packet_extent.h"

namespace dl::inspect {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10;

class Inspection {
 public:
  Inspection(const Options& options, const link::Profile& profile, const Visitor& visitor)
      : options_(options), visitor_(visitor), pipeline_(profile, link::IdlePackets::put_out) {}

  Result<void> push(ByteView bytes) {
    pipeline_.push(bytes, UtcTime{}, packets_);
    return show();
  }

  Result<void> flush() {
    pipeline_.flush(packets_);
    return show();
  }

  [[nodiscard]] Report report() const {
    return {options_.file.native(), options_.spacecraft, options_.unit, listed_, listed_bytes_, pipeline_.report()};
  }

 private:
  Result<void> show() {
    if (options_.unit == Unit::frames) {
      for (const link::Frame& frame : pipeline_.frames()) {
        if (selected(frame)) DL_CHECK(show_one(visitor_.frame, frame));
      }
    } else {
      for (const link::Packet& packet : packets_.packets()) {
        if (selected(packet)) DL_CHECK(show_one(visitor_.packet, packet));
      }
    }
    packets_.clear();
    return {};
  }

  template <class Show, class Item>
  Result<void> show_one(const Show& show, const Item& item) {
    ++listed_;
    listed_bytes_ += item.bytes.size();
    return show(item);
  }

  [[nodiscard]] bool selected(const link::Frame& frame) const {
    if (!options_.idle && frame.dropped == DropReason::idle) return false;
    // The header of a frame that could not be corrected says nothing.
    return !options_.vcid || (!frame.uncorrectable() && frame.vcid == *options_.vcid);
  }

  [[nodiscard]] bool selected(const link::Packet& packet) const {
    const bool idle = packet.kind != link::PacketKind::frame_data && link::is_idle_packet(packet.bytes, packet.kind);
    if (!options_.idle && idle) return false;
    return (!options_.vcid || packet.vcid == *options_.vcid) && (!options_.apid || packet.apid == *options_.apid);
  }

  const Options& options_;
  const Visitor& visitor_;
  link::LinkPipeline pipeline_;
  link::PacketBatch packets_;
  std::uint64_t listed_ = 0;
  std::uint64_t listed_bytes_ = 0;
};

}  // namespace

Result<Report> inspect(const Options& options, const link::Profile& profile, const Visitor& visitor) {
  DL_TRY(const FileDescriptor file, open_file(options.file, O_RDONLY));
  Inspection inspection(options, profile, visitor);
  Bytes piece(kPieceBytes);
  std::uint64_t offset = 0;
  while (true) {
    DL_TRY(const std::size_t size, read_at(file.get(), offset, piece, options.file.native()));
    if (size == 0) break;
    DL_CHECK(inspection.push(ByteView(piece).first(size)));
    offset += size;
    visitor.progress(offset);
  }
  DL_CHECK(inspection.flush());
  return inspection.report();
}

}  // namespace dl::inspect
