#include "tools/downlink-inspect/listing.h"

#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/link_counters.h"
#include "tools/downlink-inspect/report_text.h"

namespace dl::inspect {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFrameHeading =
    "    offset  vcid   counter  lost before  marker errors  symbols corrected  flags  fate\n";
constexpr std::string_view kPacketHeading =
    "    offset  vcid  apid  sequence  group         bytes  symbols corrected  flags\n";

std::string_view fate(const link::Frame& frame) {
  return frame.dropped ? to_string(*frame.dropped) : "used";
}

std::string_view group(const link::Packet& packet) {
  constexpr std::string_view kGroups[] = {"continuation", "first", "last", "unsegmented"};
  return kGroups[packet.sequence_flags & 3];
}

// f flywheel, i inverted, g gap before, s secondary header; a dot in the place of what is not so.
std::string flags(const link::Frame& frame) {
  return fmt::format("{}{}{}", frame.quality.flywheel ? 'f' : '.', frame.inverted ? 'i' : '.',
                     frame.gap_before ? 'g' : '.');
}

std::string flags(const link::Packet& packet) {
  return fmt::format("{}{}{}", packet.quality.flywheel ? 'f' : '.', packet.has_secondary_header ? 's' : '.',
                     packet.gap_before ? 'g' : '.');
}

Json to_json(const link::Frame& frame) {
  Json row = {{"input_offset", frame.input_offset}, {"fate", fate(frame)}};
  if (!frame.uncorrectable()) {
    row["scid"] = frame.scid;
    row["vcid"] = frame.vcid;
    row["counter"] = frame.counter;
    if (frame.master_counter) row["master_counter"] = *frame.master_counter;
  }
  if (!frame.dropped) {
    row["gap_before"] = frame.gap_before;
    row["frames_lost_before"] = frame.frames_lost_before;
  }
  row["marker_bit_errors"] = frame.quality.marker_bit_errors;
  row["symbols_corrected"] = frame.quality.symbols_corrected;
  row["flywheel"] = frame.quality.flywheel;
  row["inverted"] = frame.inverted;
  return row;
}

Json to_json(const link::Packet& packet) {
  return {{"input_offset", packet.input_offset},
          {"kind", link::to_string(packet.kind)},
          {"vcid", packet.vcid},
          {"apid", packet.apid},
          {"sequence_count", packet.sequence_count},
          {"group", group(packet)},
          {"size_bytes", packet.bytes.size()},
          {"has_secondary_header", packet.has_secondary_header},
          {"gap_before", packet.gap_before},
          {"marker_bit_errors", packet.quality.marker_bit_errors},
          {"symbols_corrected", packet.quality.symbols_corrected},
          {"flywheel", packet.quality.flywheel}};
}

}  // namespace

Result<void> Listing::begin() {
  if (json_) return write(unit_ == Unit::frames ? "{\"frames\": [" : "{\"packets\": [");
  return write(unit_ == Unit::frames ? kFrameHeading : kPacketHeading);
}

Result<void> Listing::row(const link::Frame& frame) {
  if (json_) return write_json_row(to_json(frame).dump());
  const bool readable = !frame.uncorrectable();
  return write(fmt::format("{:>10}  {:>4}  {:>8}  {:>11}  {:>13}  {:>17}  {:<5}  {}\n", frame.input_offset,
                           readable ? std::to_string(frame.vcid) : "-", readable ? std::to_string(frame.counter) : "-",
                           frame.frames_lost_before, frame.quality.marker_bit_errors, frame.quality.symbols_corrected,
                           flags(frame), fate(frame)));
}

Result<void> Listing::row(const link::Packet& packet) {
  if (json_) return write_json_row(to_json(packet).dump());
  return write(fmt::format("{:>10}  {:>4}  {:>4}  {:>8}  {:<12}  {:>5}  {:>17}  {}\n", packet.input_offset, packet.vcid,
                           packet.apid, packet.sequence_count, group(packet), packet.bytes.size(),
                           packet.quality.symbols_corrected, flags(packet)));
}

Result<void> Listing::end(const Report& report) {
  if (json_) return write("\n],\n\"report\": " + report_json(report) + "}\n");
  return write("\n" + report_table(report));
}

Result<void> Listing::write_json_row(const std::string& row) {
  const std::string_view separator = first_row_ ? "\n" : ",\n";
  first_row_ = false;
  return write(fmt::format("{}{}", separator, row));
}

Result<void> Listing::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), to_) == text.size()) return {};
  return fail_errno("writing standard output", errno);
}

}  // namespace dl::inspect
