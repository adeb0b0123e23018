// What a spacecraft says of its own orbit: Metop's administrative messages and the spacecraft diary of JPSS.
#include <cmath>
#include <string_view>

#include "calibrate/geolocation/orbit_book.h"
#include "decoders/jpss_ephemeris/ephemeris_packet.h"
#include "decoders/metop_admin/admin_message.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

constexpr std::uint32_t kSatellite = 38771;

// Whatever is taken gives numbers where it says that it reaches.
void use(const calibrate::OrbitBook& orbits, UtcTime at) {
  const auto orbit = orbits.choose(at, at);
  if (!orbit) return;
  const auto state = (*orbit)->earth_fixed(at);
  DL_MUST(!state || std::isfinite(calibrate::norm(state->position_km)));
}

void add_sets(const tl::expected<std::vector<calibrate::TwoLineElements>, DropReason>& sets) {
  if (!sets) return;
  calibrate::OrbitBook orbits("", kSatellite);
  for (const calibrate::TwoLineElements& set : *sets) {
    if (orbits.add(set, calibrate::OrbitKind::metop_admin_message)) use(orbits, set.epoch);
  }
}

void read_ephemeris(ByteView bytes) {
  calibrate::OrbitBook orbits("", kSatellite);
  using decoders::jpss_ephemeris::kPacketBytes;
  unsigned used = 0;
  unsigned refused = 0;
  unsigned read = 0;
  for (; bytes.size() >= kPacketBytes; bytes = bytes.subspan(kPacketBytes)) {
    auto sample = decoders::jpss_ephemeris::decode_ephemeris_packet(bytes.first(kPacketBytes), bytes[14]);
    if (!sample) continue;
    ++read;
    const UtcTime time = sample->time;
    const auto outcome = orbits.add(std::move(*sample));
    used += outcome.used;
    refused += outcome.refused;
    use(orbits, time);
  }
  DL_MUST(used + refused <= read && read <= used + refused + 1);
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const unsigned what = input.below(3);
  const dl::Bytes bytes = copy_of(input.rest());
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (what == 0) add_sets(dl::decoders::metop_admin::decode_admin_packet(bytes));
  if (what == 1) add_sets(dl::decoders::metop_admin::decode_document(text));
  if (what == 2) read_ephemeris(bytes);
  return 0;
}
