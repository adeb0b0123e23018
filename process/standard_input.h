// Standard input as a file that can be read from the start again.
#pragma once

#include "core/error.h"
#include "core/file.h"

namespace dl::process {

// The file that standard input is; what comes by a pipe is kept until its end, in a file without a name in the folder
// for temporary files (TMPDIR). Kinds: io, exhausted.
Result<FileDescriptor> standard_input_file();

}  // namespace dl::process
