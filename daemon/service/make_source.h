// From a [[source]] of the configuration to the object that receives it: one line per kind.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/ingest/source.h"
#include "daemon/passes/pass_manager.h"

namespace dl::daemon {

// What every source is given. Everything referred to must outlive the sources.
struct SourceParts {
  asio::io_context& io;
  asio::thread_pool& blocking;
  const Clock& clock;
  PassManager& passes;
  Incidents& incidents;
};

// What the configuration says of all sources together.
struct SourceSettings {
  std::string station;
  std::optional<std::filesystem::path> spacecraft_directory;  // default: the installed profiles

  bool operator==(const SourceSettings&) const = default;
};

std::shared_ptr<Source> make_source(const SourceParts& parts, const config::Source& config,
                                    const SourceSettings& settings);

// Whether a running source can take on `wanted` by Source::update(): they differ in nothing but who may send, how long
// silence may last, and how often it is dialled. Otherwise it is stopped, and one made anew continues its pass.
bool can_be_updated(const config::Source& running, const config::Source& wanted);

// Whether the source works by itself once it was started, so that an incident about it is over then; the others tell
// themselves when their input can be read.
bool works_when_started(config::SourceKind kind);

}  // namespace dl::daemon
