// The event journal as a file: one JSON object per line (docs/formats/events.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.h"
#include "spool/journal.h"

namespace dl::uplink {

// The line of an event, with its newline. Kind permanent when payload or attributes are not what they should be.
Result<std::string> event_line(const spool::Announcement& event);

// How long the file is without a last line that has no newline: what a power cut or a full disk left of it.
Result<std::uint64_t> size_without_torn_line(int descriptor, std::uint64_t size, const std::string& name);

// Where the last `lines` complete lines of a file of `size` bytes begin.
Result<std::uint64_t> start_of_last_lines(int descriptor, std::uint64_t size, std::size_t lines,
                                          const std::string& name);

// Calls take(id, offset of the line) for the last `lines` lines in order. What is no event is passed over: a power cut
// can leave zeros where a line should be. A file that is not there has no lines. Returns how many lines it saw.
Result<std::size_t> for_last_events(const std::filesystem::path& file, std::size_t lines,
                                    const std::function<void(const std::string& id, std::uint64_t offset)>& take);

}  // namespace dl::uplink
