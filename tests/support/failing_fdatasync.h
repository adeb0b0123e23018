// A disk that refuses to sync: replaces fdatasync() of the program that it is linked into.
#pragma once

#include <string>

namespace dl::test {

// The next `count` calls for files whose name holds `name_part` fail with EIO.
void fail_fdatasync(const std::string& name_part, int count);

}  // namespace dl::test
