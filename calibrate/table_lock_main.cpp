// table_lock FOLDER...: writes the hashes of each instrument's folder of tables.
#include <cstdio>

#include "calibrate/table_lock.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: table_lock FOLDER...\n");
    return 64;
  }
  for (int i = 1; i < argc; ++i) {
    if (const auto written = dl::calibrate::write_table_lock(argv[i]); !written) {
      std::fprintf(stderr, "%s\n", written.error().message.c_str());
      return 1;
    }
  }
  return 0;
}
