// config-documentation SOURCE_DIRECTORY: writes the sample configuration and the manual page that the schema makes.
// A program of the build, not installed.
#include <cstdio>
#include <filesystem>

#include "config/documentation.h"
#include "core/file.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: config-documentation SOURCE_DIRECTORY\n", stderr);
    return 64;
  }
  const std::filesystem::path root = argv[1];
  const auto write = [&](const char* name, const std::string& text) {
    const auto written = dl::write_file_durably(root / name, dl::as_bytes(text));
    if (!written) std::fprintf(stderr, "config-documentation: %s\n", written.error().message.c_str());
    return written.has_value();
  };
  return write("config/downlinkd.toml", dl::config::render_sample_config()) &&
                 write("docs/man/downlinkd.toml.5", dl::config::render_manual_page())
             ? 0
             : 74;
}
