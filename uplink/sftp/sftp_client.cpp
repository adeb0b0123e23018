#include "uplink/sftp/sftp_client.h"

#include <algorithm>

#include <fcntl.h>

#include <curl/curl.h>
#include <fmt/format.h>

#include "core/crc.h"
#include "core/file.h"
#include "uplink/credentials/key_file.h"
#include "uplink/credentials/secret_files.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/curl_transfer.h"

namespace dl::uplink {
namespace {

struct HostKey {
  std::optional<curl_khmatch> match;
};

// Anything but a known key ends the connection: nobody is there to be asked.
int check_host_key(CURL*, const curl_khkey*, const curl_khkey*, enum curl_khmatch match, void* user) {
  static_cast<HostKey*>(user)->match = match;
  return match == CURLKHMATCH_OK ? CURLKHSTAT_FINE : CURLKHSTAT_REJECT;
}

// A path as libcurl's commands take it.
std::string quoted(const std::string& path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string url_of(const SftpServer& server, const std::string& path) {
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  std::string url = fmt::format("sftp://{}{}{}:{}/", is_ipv6 ? "[" : "", server.host, is_ipv6 ? "]" : "", server.port);
  // libcurl's word for the home; a second slash makes the path absolute.
  if (!path.starts_with('/')) url += "~/";
  for (const char c : path.starts_with('/') ? path.substr(1) : path) url += c == '/' ? "/" : percent_encode({&c, 1});
  return url;
}

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::config;
    case CURLE_QUOTE_ERROR:
    case CURLE_FTP_COULDNT_USE_REST:
    case CURLE_REMOTE_FILE_EXISTS:
      return ErrorKind::permanent;
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::exhausted;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorKind::cancelled;
    default:
      return ErrorKind::transient;
  }
}

std::string host_key_problem(const SftpServer& server, const HostKey& key) {
  const bool is_other = key.match == CURLKHMATCH_MISMATCH;
  return fmt::format("the server's host key {} in '{}'; {}", is_other ? "is not the one" : "has no entry",
                     server.known_hosts.string(),
                     is_other ? "somebody else answers in its place, or its key was changed: ask its operator"
                              : "add it as ssh-keyscan prints it, once its operator has confirmed it");
}

struct Upload {
  SeekableSource& source;
  CurlTransfer& transfer;
  std::uint64_t position = 0;
  std::uint64_t resumed_at = 0;
};

std::size_t read_source(char* out, std::size_t size, std::size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const std::uint64_t left = upload.source.size_bytes() - upload.position;
  const auto allowed = upload.transfer.allow(static_cast<std::size_t>(std::min<std::uint64_t>(size * count, left)));
  if (!allowed) return CURL_READFUNC_ABORT;
  if (*allowed == 0) return left == 0 ? 0 : CURL_READFUNC_PAUSE;
  auto taken = upload.source.read({reinterpret_cast<Byte*>(out), *allowed});
  upload.transfer.give_back(*allowed - taken.value_or(0));
  if (!taken) {
    upload.transfer.failed(std::move(taken).error());
    return CURL_READFUNC_ABORT;
  }
  upload.position += *taken;
  return *taken;
}

// libcurl has asked the server how much is there.
int seek_source(void* user, curl_off_t offset, int origin) {
  auto& upload = *static_cast<Upload*>(user);
  const auto wanted = static_cast<std::uint64_t>(offset);
  if (origin != SEEK_SET || upload.position != 0 || wanted > upload.source.size_bytes()) return CURL_SEEKFUNC_FAIL;
  if (auto started = upload.source.start_at(wanted); !started) {
    upload.transfer.failed(std::move(started).error());
    return CURL_SEEKFUNC_FAIL;
  }
  upload.position = upload.resumed_at = wanted;
  return CURL_SEEKFUNC_OK;
}

struct Download {
  SftpClient::Content content;
  std::uint64_t limit_bytes;
};

std::size_t hash_download(char* data, std::size_t size, std::size_t count, void* user) {
  auto& download = *static_cast<Download*>(user);
  const std::size_t length = size * count;
  const std::uint64_t room = download.limit_bytes + 1 - download.content.size_bytes;
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(length, room));
  download.content.crc32c = crc32c(as_bytes({data, taken}), download.content.crc32c);
  download.content.size_bytes += taken;
  return taken;  // fewer than there are ends the transfer
}

}  // namespace

struct SftpClient::Handle {
  Handle() : easy(curl_easy_init()) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(easy); }

  // Performs what was prepared; the failure in words for an operator.
  Result<void> perform(const SftpServer& server, const CurlTransfer& transfer, const std::string& purpose) {
    details[0] = '\0';
    last_code = curl_easy_perform(easy);
    if (transfer.error()) return Failure(*transfer.error());
    if (last_code == CURLE_OK) return {};
    const std::string what = last_code == CURLE_PEER_FAILED_VERIFICATION ? host_key_problem(server, host_key)
                             : details[0] != '\0'                        ? std::string(details)
                                                                         : curl_easy_strerror(last_code);
    return fail(kind_of(last_code), fmt::format("{}: {}", purpose, what));
  }

  CURL* easy;
  CURLcode last_code = CURLE_OK;
  HostKey host_key;
  char details[CURL_ERROR_SIZE] = "";
};

SftpClient::SftpClient(SftpServer server) : server_(std::move(server)) {
  initialise_curl();
  handle_ = std::make_unique<Handle>();
}

SftpClient::~SftpClient() = default;

Result<void> SftpClient::prepare(const std::string& path) {
  CURL* easy = handle_->easy;
  if (easy == nullptr) return fail(ErrorKind::exhausted, "no memory for an SFTP client");
  curl_easy_reset(easy);  // keeps the connection
  // libcurl would take a file that it cannot read for one without entries.
  if (const auto hosts = open_file(server_.known_hosts, O_RDONLY); !hosts) {
    return fail(ErrorKind::config, hosts.error().in("known_hosts").message);
  }
  CurlTexts texts(easy);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  texts.set(CURLOPT_PROTOCOLS_STR, "sftp");
  texts.set(CURLOPT_PROXY, "");
  texts.set(CURLOPT_URL, url_of(server_, path));
  texts.set(CURLOPT_USERNAME, server_.user);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  texts.set(CURLOPT_SSH_KNOWNHOSTS, server_.known_hosts);
  curl_easy_setopt(easy, CURLOPT_SSH_KEYFUNCTION, check_host_key);
  curl_easy_setopt(easy, CURLOPT_SSH_KEYDATA, &handle_->host_key);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle_->details);
  if (server_.key_file) {
    if (const auto key = open_file(*server_.key_file, O_RDONLY); !key) {
      return fail(ErrorKind::config, key.error().in("key_file").message);
    }
    curl_easy_setopt(easy, CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
    texts.set(CURLOPT_SSH_PRIVATE_KEYFILE, *server_.key_file);
  } else if (server_.password_file) {
    DL_TRY(const SecretText secret, read_secret_file(*server_.password_file));
    auto password = parse_password(secret.text);
    if (!password) return Failure(password.error().in("'" + server_.password_file->string() + "'"));
    curl_easy_setopt(easy, CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
    texts.set(CURLOPT_PASSWORD, *password);
  } else {
    return fail(ErrorKind::config, "SFTP: neither a key file nor a password file is configured");
  }
  return texts.complete("SFTP");
}

Result<SftpClient::Uploaded> SftpClient::upload(const std::string& path, SeekableSource& source, bool resume,
                                                const ProgressFn& progress) {
  const std::string purpose = fmt::format("sending '{}' to '{}'", path, server_.host);
  DL_CHECK(prepare(path));
  CURL* easy = handle_->easy;
  CurlTransfer transfer(
      easy,
      {purpose, server_.connect_timeout, server_.stall_timeout, std::nullopt, source.size_bytes(), server_.bandwidth},
      progress);
  Upload upload{source, transfer, 0, 0};
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(source.size_bytes()));
  curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(resume ? -1 : 0));
  curl_easy_setopt(easy, CURLOPT_FTP_CREATE_MISSING_DIRS, static_cast<long>(CURLFTP_CREATE_DIR));
  curl_easy_setopt(easy, CURLOPT_NEW_FILE_PERMS, 0644L);
  curl_easy_setopt(easy, CURLOPT_NEW_DIRECTORY_PERMS, 0755L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_source);
  curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_source);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &upload);
  DL_CHECK(handle_->perform(server_, transfer, purpose));
  return Uploaded{upload.resumed_at};
}

Result<std::optional<SftpClient::Content>> SftpClient::read_back(const std::string& path, std::uint64_t limit_bytes,
                                                                 const ProgressFn& progress) {
  const std::string purpose = fmt::format("reading '{}' back from '{}'", path, server_.host);
  DL_CHECK(prepare(path));
  CURL* easy = handle_->easy;
  CurlTransfer transfer(easy, {purpose, server_.connect_timeout, server_.stall_timeout, std::nullopt, 0, nullptr},
                        progress);
  Download download{{}, limit_bytes};
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, hash_download);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &download);
  const auto performed = handle_->perform(server_, transfer, purpose);
  if (!performed && handle_->last_code == CURLE_REMOTE_FILE_NOT_FOUND) return std::optional<Content>{};
  const bool ended_by_us = handle_->last_code == CURLE_WRITE_ERROR && download.content.size_bytes > limit_bytes;
  if (!performed && !ended_by_us) return Failure(performed.error());
  return std::optional(download.content);
}

Result<void> SftpClient::command(const std::string& text, const std::string& purpose, const ProgressFn& progress) {
  DL_CHECK(prepare("/"));
  CURL* easy = handle_->easy;
  CurlTransfer transfer(easy, {purpose, server_.connect_timeout, server_.stall_timeout, std::nullopt, 0, nullptr},
                        progress);
  CurlTexts texts(easy);
  curl_slist* commands = nullptr;
  texts.append(commands, text);
  DL_CHECK(texts.complete(purpose));
  curl_easy_setopt(easy, CURLOPT_QUOTE, commands);
  curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);  // and not the listing of the folder
  auto performed = handle_->perform(server_, transfer, purpose);
  curl_easy_setopt(easy, CURLOPT_QUOTE, nullptr);
  curl_slist_free_all(commands);
  return performed;
}

Result<void> SftpClient::rename(const std::string& from, const std::string& to, const ProgressFn& progress) {
  return command(fmt::format("rename {} {}", quoted(from), quoted(to)),
                 fmt::format("renaming '{}' to '{}' on '{}'", from, to, server_.host), progress);
}

Result<void> SftpClient::remove(const std::string& path, const ProgressFn& progress) {
  return command(fmt::format("rm {}", quoted(path)), fmt::format("removing '{}' on '{}'", path, server_.host),
                 progress);
}

}  // namespace dl::uplink
