// How far the gaps of a pass have been filled: the file "fill" in the folder of the reception that another source
// fetches for it (docs/formats/recording.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/error.h"

namespace dl::daemon {

struct FillMark {
  enum class State {
    none,      // there is no gap, or none is known
    wanted,    // the pass has gaps: its scenes wait for what is fetched
    fetched,   // all that there was is there
    given_up,  // what is there is all that will come
  };
  State state = State::none;
  // wanted: so many bytes of the pass's own reception came before the first gap that was told of; 0: that is not known.
  std::uint64_t whole_bytes = 0;
  std::string why = {};  // given_up

  // Nothing is added to the reception any more: it is a part of the pass.
  [[nodiscard]] bool is_settled() const { return state == State::fetched || state == State::given_up; }
  friend bool operator==(const FillMark&, const FillMark&) = default;
};

// `directory`: of the reception. None where there is no such file; `wanted` where it cannot be read, for a fetch does
// no harm.
FillMark read_fill_mark(const std::filesystem::path& directory);

// Makes the folder where it is missing. Kinds: exhausted, io.
Result<void> write_fill_mark(const std::filesystem::path& directory, const FillMark& mark);

}  // namespace dl::daemon
