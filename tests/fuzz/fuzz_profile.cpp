#include "tests/fuzz/fuzz_profile.h"

namespace dl::fuzz {

using link::Profile;

void choose_marker(Input& input, Profile& profile) {
  constexpr unsigned kMarkerBits[] = {32, 0, 16, 24, 60, 64, 33};
  profile.marker_bits = input.one_of(kMarkerBits);
  profile.marker = profile.marker_bits == 0 ? 0 : 0x1ACFFC1D'5A3C96E1U >> (64 - profile.marker_bits);
  if (profile.marker_bits == 32) profile.marker = 0x1ACFFC1D;
  profile.cadu_size_bytes = (profile.marker_bits + 7) / 8 + 8 + input.below(80);
  // Units without a marker are whole bytes.
  const bool odd = input.below(4) == 0 && profile.marker_bits != 0;
  profile.cadu_size_bits = odd ? 8 * profile.cadu_size_bytes - 1 - input.below(7) : 0;
  const unsigned most = profile.marker_bits / 4;
  profile.marker_errors_search = std::min(input.below(4), most);
  profile.marker_errors_check = std::min(profile.marker_errors_search + input.below(3), most);
  profile.marker_errors_lock = std::min(profile.marker_errors_check + input.below(5), most);
  profile.slip_bits = input.below(3);
  profile.flywheel_frames = input.below(5);
}

void choose_code(Input& input, Profile& profile) {
  profile.randomizer = static_cast<link::Randomizer>(input.below(3));
  profile.randomizer_place = static_cast<link::RandomizerPlace>(input.below(2));
  profile.randomizer_offset_bytes = input.below(5);
  profile.code = static_cast<link::ReedSolomonCode>(input.below(3));
  profile.code_use = static_cast<link::ReedSolomonUse>(input.below(2));
  profile.basis = static_cast<link::Basis>(input.below(2));
  profile.interleave = 1 + input.below(8);
  const unsigned data = profile.code == link::ReedSolomonCode::rs_255_239 ? 239 : 223;
  profile.virtual_fill_bytes = data - 20 - input.below(40);
  if (profile.code != link::ReedSolomonCode::none) {
    const unsigned bits = profile.marker_bits + 8 * profile.interleave * (255 - profile.virtual_fill_bytes);
    profile.cadu_size_bytes = (bits + 7) / 8;
    profile.cadu_size_bits = bits % 8 == 0 ? 0 : bits;
  } else {
    profile.randomizer_offset_bytes = std::min(profile.randomizer_offset_bytes, profile.codeblock_size_bytes() - 1);
  }
}

void choose_frame(Input& input, Profile& profile) {
  constexpr std::uint8_t kVersions[] = {1, 0, 12, 0};
  const unsigned kind = input.below(4);
  profile.frame_kind = static_cast<link::FrameKind>(kind);
  profile.frame_version = kVersions[kind];
  profile.scid = input.byte();
  profile.extended_scid = kind == 0 && input.flag();
  const unsigned frame = profile.frame_size_bytes();
  unsigned left = frame > 12 ? frame - 12 : 0;  // headers of any kind, and a byte of data
  const auto take = [&](unsigned size, bool wanted) {
    const bool taken = wanted && left > size;
    if (taken) left -= size;
    return taken;
  };
  const std::uint8_t choices = input.byte();
  profile.header_error_control = kind == 0 && take(2, (choices & 1) != 0);
  profile.insert_zone_bytes = take(2, (choices & 2) != 0) ? 2 : 0;
  profile.trailer_bytes = take(1, (choices & 4) != 0) ? 1 : 0;
  profile.operational_control = take(4, (choices & 8) != 0);
  profile.frame_error_control = take(2, (choices & 16) != 0);
  profile.encapsulation_packets = (choices & 32) != 0;
  if ((choices & 64) != 0) profile.sequence_count = link::SequenceCount::across_apids;
  if ((choices & 128) != 0) profile.checksums.push_back({{}, static_cast<link::PacketChecksum>(1 + input.below(4))});
  const std::uint8_t vcid = input.byte() & 0x3F;
  const auto service = static_cast<link::VirtualChannelService>(input.below(3));
  if (service != link::VirtualChannelService::packets) profile.services.push_back({vcid, service});
  const auto apid = static_cast<std::uint16_t>(input.word() & 0x7FF);
  profile.routes.push_back({vcid, {apid}, "any"});
  // The table of a rule for every APID is long.
  if (vcid % 8 != 7) {
    for (link::ChecksumRule& rule : profile.checksums) rule.apids = {apid};
  }
}

link::SoftCoding choose_soft(Input& input) {
  link::SoftCoding coding;
  coding.modulation = static_cast<link::Modulation>(input.below(3));
  coding.rate = static_cast<link::ConvolutionalRate>(input.below(6));
  coding.second_output_inverted = input.flag();
  coding.differential = input.flag();
  coding.interleaver = input.byte() > 250 ? link::SymbolInterleaver::lrpt_80k : link::SymbolInterleaver::none;
  return coding;
}

Profile choose_profile(Input& input) {
  Profile profile;
  choose_marker(input, profile);
  choose_code(input, profile);
  choose_frame(input, profile);
  const auto form = static_cast<link::InputForm>(input.below(5));
  if (form == link::InputForm::soft_symbols) profile.soft = choose_soft(input);
  return form == link::InputForm::bits ? profile : profile.received_as(form);
}

}  // namespace dl::fuzz
