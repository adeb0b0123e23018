// The list and the report as a table or as JSON, line by line: a recording may hold more frames than memory does.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "core/error.h"
#include "link/frame.h"
#include "link/packet.h"
#include "tools/downlink-inspect/inspect.h"

namespace dl::inspect {

// Collects text for standard output and remembers whether writing it failed.
class Listing {
 public:
  Listing(Unit unit, bool json, std::FILE* to) : unit_(unit), json_(json), to_(to) {}

  Result<void> begin();
  Result<void> row(const link::Frame& frame);
  Result<void> row(const link::Packet& packet);
  Result<void> end(const Report& report);

 private:
  Result<void> write(std::string_view text);
  Result<void> write_json_row(const std::string& row);

  Unit unit_;
  bool json_;
  std::FILE* to_;
  bool first_row_ = true;
};

}  // namespace dl::inspect
