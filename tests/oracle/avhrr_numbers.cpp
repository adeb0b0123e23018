// What our AVHRR/3 makes of given counts and telemetry, for comparison with pygac and satpy.
//   avhrr_numbers calibrate TABLES < request.json > values.json
//   avhrr_numbers hrpt FILE ADDRESS > lines.json
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "calibrate/table_load.h"
#include "calibrate/time_model.h"
#include "core/file.h"
#include "core/sha256.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/hrpt_line.h"
#include "decoders/avhrr3/references.h"
#include "decoders/avhrr3/thermal.h"
#include "link/link_pipeline.h"

namespace {

namespace avhrr3 = dl::decoders::avhrr3;
namespace calibrate = dl::calibrate;
using Json = nlohmann::json;
using dl::Result;

Json number(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

// The means of the views and the counts of a few pixels, [line].
struct Request {
  calibrate::TableSet tables;
  std::string profile;
  dl::UtcTime time{};
  bool channel_3b = false;
  std::vector<avhrr3::LineReference> lines;
  Json counts;  // by band: [line][pixel]
};

Result<Request> read_request(const char* tables) {
  const Json json = Json::parse(std::cin);
  Request request;
  DL_TRY(request.tables, calibrate::load_tables({tables, {}}, json.at("platform").get<std::string>(), "avhrr-3"));
  DL_TRY(request.time, dl::parse_utc(json.at("time").get<std::string>()));
  request.profile = json.at("profile");
  request.channel_3b = json.at("channel_3b");
  request.counts = json.at("counts");
  for (const Json& line : json.at("lines")) {
    request.lines.push_back({line.at("prt"), line.at("space"), line.at("black_body")});
  }
  return request;
}

Result<calibrate::Row> row_of(const Request& request, std::string_view quantity) {
  const auto selected = request.tables.select({quantity, request.profile}, request.time, {});
  if (!selected) return dl::fail(dl::ErrorKind::config, selected.error());
  return calibrate::evaluate(*selected);
}

Result<Json> solar(const Request& request) {
  DL_TRY(const calibrate::Row row, row_of(request, avhrr3::kVisibleQuantity));
  Json out = {{"row", row.id}, {"source", row.source.locator}};
  for (const avhrr3::BandInfo& band : avhrr3::kBands) {
    const std::string name(band.name);
    if (band.thermal || !request.counts.contains(name) || !row.values.contains(name)) continue;
    DL_TRY(const calibrate::DualGain gain, avhrr3::visible_gain(row, name));
    for (const Json& line : request.counts.at(name)) {
      Json values = Json::array();
      for (const Json& count : line) values.push_back(gain.at(count));
      out[name].push_back(std::move(values));
    }
  }
  return out;
}

Result<Json> thermal(const Request& request) {
  DL_TRY(const calibrate::Row thermometers, row_of(request, avhrr3::kPrtQuantity));
  DL_TRY(const calibrate::Row row, row_of(request, avhrr3::kThermalQuantity));
  DL_TRY(const auto polynomials, avhrr3::prt_polynomials(thermometers));
  std::vector<std::uint32_t> flags(request.lines.size(), 0);
  const auto references = avhrr3::References::smooth(
      request.lines, std::vector<bool>(request.lines.size(), request.channel_3b),
      std::vector<std::array<avhrr3::PrtPolynomial, avhrr3::kPrtCount>>(request.lines.size(), polynomials), flags);
  if (!references.reason().empty()) return dl::fail(dl::ErrorKind::corrupt, references.reason());
  Json out = {{"row", row.id}, {"flags", flags}};
  for (const avhrr3::BandInfo& band : avhrr3::kBands) {
    const std::string name(band.name);
    if (!band.thermal || !request.counts.contains(name)) continue;
    DL_TRY(const avhrr3::ThermalCoefficients coefficients, avhrr3::thermal_coefficients(row, name));
    for (std::size_t line = 0; line < request.lines.size(); ++line) {
      const avhrr3::ThermalCurve curve(coefficients, references.at(line, band.slot).value());
      Json values = Json::array();
      for (const Json& count : request.counts.at(name).at(line)) values.push_back(number(curve.temperature_of(count)));
      out[name].push_back(std::move(values));
    }
  }
  return out;
}

Result<Json> calibrated(const char* tables) {
  DL_TRY(const Request request, read_request(tables));
  DL_TRY(Json visible, solar(request));
  DL_TRY(Json infrared, thermal(request));
  return Json{{"solar", std::move(visible)}, {"thermal", std::move(infrared)}};
}

dl::link::Profile hrpt_profile(std::uint16_t address) {
  dl::link::Profile profile;
  profile.frame_kind = dl::link::FrameKind::hrpt;
  profile.frame_version = 0;
  profile.scid = address;
  profile.idle_vcids = {};
  profile.marker = 0xA116FD719D83C95;
  profile.marker_bits = 60;
  profile.cadu_size_bits = 110900;
  profile.randomizer = dl::link::Randomizer::none;
  profile.code = dl::link::ReedSolomonCode::none;
  return profile;
}

// The time of the first line, and of every channel a hash of its counts as big-endian words, [line][pixel].
Result<Json> lines_of(const char* file, std::uint16_t address) {
  DL_TRY(const dl::Bytes bytes, dl::read_file(file));
  dl::link::LinkPipeline pipeline(hrpt_profile(address));
  dl::link::PacketBatch packets;
  std::array<dl::Sha256, avhrr3::kSlots> hashes;
  Json out = {{"lines", 0}};
  const auto take = [&] {
    for (const dl::link::Packet& packet : packets.packets()) {
      if (!avhrr3::looks_like_hrpt_line(packet)) continue;
      const auto line = avhrr3::decode_hrpt_frame(packet.bytes, dl::parse_utc("2012-06-15T12:00:00Z").value());
      if (!line) continue;
      if (out["lines"] == 0) out["start"] = dl::format_utc(line->time);
      out["lines"] = out["lines"].get<int>() + 1;
      for (std::size_t slot = 0; slot < avhrr3::kSlots; ++slot) {
        dl::Bytes words;
        for (const std::uint16_t count : line->counts(slot)) dl::append_u16(words, count);
        hashes[slot].update(words);
      }
    }
    packets.clear();
  };
  pipeline.push(bytes, {}, packets);
  take();
  pipeline.flush(packets);
  take();
  for (std::size_t slot = 0; slot < avhrr3::kSlots; ++slot) out["sha256"].push_back(dl::to_hex(hashes[slot].finish()));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 2 ? argv[1] : "";
  Result<Json> result = dl::fail(dl::ErrorKind::config, "usage: avhrr_numbers calibrate TABLES | hrpt FILE ADDRESS");
  if (command == "calibrate") result = calibrated(argv[2]);
  if (command == "hrpt" && argc > 3) result = lines_of(argv[2], static_cast<std::uint16_t>(std::stoi(argv[3])));
  if (!result) {
    std::fprintf(stderr, "avhrr_numbers: %s\n", result.error().message.c_str());
    return 1;
  }
  std::cout << result->dump() << '\n';
  return 0;
}
