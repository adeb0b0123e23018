// What tests of every room share: recordings, and bytes at random.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include "core/bytes.h"
#include "core/file.h"
#include "core/time.h"

namespace dl::link::testing {

inline constexpr UtcTime kReceived{std::chrono::seconds{1'600'000'000}};

// A file of the recordings, or nothing where they are not installed (the test then skips).
inline std::optional<Bytes> recording(const std::string& path) {
  const char* folder = std::getenv("DOWNLINKD_TEST_DATA");
  if (folder == nullptr) return std::nullopt;
  auto bytes = read_file(std::filesystem::path(folder) / path);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

#define DL_RECORDING(name, path)                                                                                 \
  const auto name##_or_none = ::dl::link::testing::recording(path);                                              \
  if (!name##_or_none) GTEST_SKIP() << "'" << (path) << "' is not in the folder that DOWNLINKD_TEST_DATA names"; \
  const ::dl::Bytes& name = *name##_or_none

inline Bytes random_bytes(std::mt19937& random, std::size_t count) {
  Bytes bytes(count);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random());
  return bytes;
}

inline std::size_t below(std::mt19937& random, std::size_t limit) {
  return random() % limit;
}

inline void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace dl::link::testing
