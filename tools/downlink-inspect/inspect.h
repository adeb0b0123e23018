// Reads a recording through the link layer and lists what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/error.h"
#include "link/link_pipeline.h"
#include "link/profile.h"

namespace dl::inspect {

enum class Unit { frames, packets };

struct Options {
  Unit unit = Unit::frames;
  std::filesystem::path file;
  std::string spacecraft;                      // name or path of a link profile
  std::filesystem::path spacecraft_directory;  // empty: where the programs look for it
  std::optional<link::InputForm> form;         // of the file; nothing: the profile's own
  bool json = false;
  std::optional<std::uint8_t> vcid;
  std::optional<std::uint16_t> apid;
  bool idle = true;           // list idle frames and idle packets
  std::filesystem::path out;  // what is listed goes here too, back to back; empty: nowhere
};

// What stands around the list, in the table and in JSON.
struct Report {
  std::string file;
  std::string spacecraft;
  Unit unit = Unit::frames;
  std::uint64_t listed = 0;
  std::uint64_t listed_bytes = 0;
  link::LinkReport link;
};

// One line of the list, and its bytes; the frame or packet lives during the call.
struct Visitor {
  std::function<Result<void>(const link::Frame&)> frame;
  std::function<Result<void>(const link::Packet&)> packet;
  std::function<void(std::uint64_t bytes_done)> progress;
};

// Reads `options.file` in pieces of bounded size and shows the visitor each frame or packet that the options select.
Result<Report> inspect(const Options& options, const link::Profile& profile, const Visitor& visitor);

}  // namespace dl::inspect
