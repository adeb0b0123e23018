#include "core/loss_ledger.h"

namespace dl {
namespace {

constexpr std::array<std::string_view, kDropReasonCount> kNames = {
    "overhead",
    "idle",
    "not_selected",
    "torn_recording",
    "quarantined",
    "no_sync",
    "slip",
    "truncated_tail",
    "rs_uncorrectable",
    "fecf_bad",
    "frame_version",
    "frame_scid",
    "frame_header",
    "repeated_frame",
    "unrouted_vcid",
    "no_packet_start",
    "packet_cut_by_gap",
    "packet_cut_by_end",
    "packet_header",
    "packet_length",
    "packet_checksum",
    "packet_time",
    "duplicate_packet",
    "late_packet",
    "decoder_refused",
    "missing_line",
    "missing_pixels",
    "late_frame",
    "header_error_control",
    "station_erred",
    "weaker_copy",
    "wrong_size",
    "no_symbol_lock",
    "orbit_implausible",
};
static_assert(!kNames.back().empty(), "every DropReason has a name");

void add(LossCount& sum, const LossCount& count) {
  sum.units += count.units;
  sum.bytes += count.bytes;
}

}  // namespace

std::string_view to_string(DropReason reason) {
  return kNames[static_cast<std::size_t>(reason)];
}

std::optional<DropReason> drop_reason_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DropReason>(i);
  }
  return std::nullopt;
}

bool is_loss(DropReason reason) {
  return reason != DropReason::overhead && reason != DropReason::idle && reason != DropReason::not_selected &&
         reason != DropReason::weaker_copy;
}

LossCount LossLedger::all_dropped() const {
  LossCount sum;
  for (const LossCount& count : dropped_) add(sum, count);
  return sum;
}

LossCount LossLedger::lost() const {
  LossCount sum;
  for (std::size_t i = 0; i < dropped_.size(); ++i) {
    if (is_loss(static_cast<DropReason>(i))) add(sum, dropped_[i]);
  }
  return sum;
}

void LossLedger::merge(const LossLedger& other) {
  bytes_in += other.bytes_in;
  units_in += other.units_in;
  bytes_out += other.bytes_out;
  units_out += other.units_out;
  for (std::size_t i = 0; i < dropped_.size(); ++i) add(dropped_[i], other.dropped_[i]);
}

}  // namespace dl
