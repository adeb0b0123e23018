#include "uplink/credentials/key_file.h"

#include <cstdlib>

#include <sys/stat.h>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::uplink {
namespace {

constexpr std::uint64_t kLimitBytes = std::uint64_t{64} * 1024;
constexpr std::string_view kCredentialScheme = "credential:";

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileVersion version_in(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

}  // namespace

Result<std::filesystem::path> resolve_credential_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (!text.starts_with(kCredentialScheme)) return path;
  const std::string name = text.substr(kCredentialScheme.size());
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    return fail(ErrorKind::config, fmt::format("credential '{}': expected 'credential:NAME' with a plain name", text));
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return fail(ErrorKind::config, fmt::format("credential '{}': this process was given no credentials by systemd; add "
                                               "'LoadCredential={}:PATH' to the service, or name a file",
                                               text, name));
  }
  return std::filesystem::path(folder) / name;
}

FileVersion version_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return version_in(status);
}

Result<SecretText> read_secret_file(const std::filesystem::path& path) {
  // One that is still unresolved cannot be; this says why.
  DL_CHECK(resolve_credential_path(path));
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorKind::config, fail_errno(fmt::format("key file '{}'", path.string()), errno).value().message);
  }
  auto text = read_text_file(path, kLimitBytes);
  if (!text) return fail(ErrorKind::config, text.error().in("key file").message);
  SecretText secret{*std::move(text), version_in(status), std::nullopt};
  if ((status.st_mode & S_IROTH) != 0) {
    secret.warning = fmt::format("key file '{}' can be read by everybody on this machine: chmod o-r it", path.string());
  }
  return secret;
}

}  // namespace dl::uplink
