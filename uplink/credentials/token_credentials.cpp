#include "uplink/credentials/token_credentials.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "uplink/http/captive_portal.h"

namespace dl::uplink {
namespace {

// A token that is to live for less would be asked for again and again.
constexpr Seconds kShortestLifetime{1};
constexpr Seconds kLongestLifetime{86400};

RetryPolicy asking_policy() {
  RetryPolicy policy;
  policy.longest = Milliseconds{60'000};
  return policy;
}

// A server's words for our messages: one line, and nothing in it that is long enough to be a key or a token.
std::string harmless(std::string_view text) {
  constexpr std::size_t kLongestWord = 40;
  constexpr std::size_t kMost = 200;
  std::string out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out += (out.empty() ? "" : " ") + (word.size() > kLongestWord ? std::string("...") : word);
    word.clear();
  };
  for (const char c : text) {
    if (c > ' ' && c <= '~') {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return out.substr(0, kMost);
}

bool worth_another_try(int status) {
  return status == 408 || status == 429 || status >= 500;
}

std::string text_member(const nlohmann::json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

FetchedCredentials::FetchedCredentials(const Clock& clock, Random random)
    : clock_(clock), backoff_(asking_policy(), std::move(random)) {}

Result<std::string> FetchedCredentials::authorization() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  const bool usable = !token_.empty() && now < expires_at_;
  if (usable && now < expires_at_ - kTokenRenewBefore) return "Bearer " + token_;
  if (last_error_ && now < ask_again_at_) {
    if (usable) return "Bearer " + token_;
    return Failure(*last_error_);
  }
  auto answer = fetch();
  if (answer) {
    backoff_.succeeded();
    last_error_.reset();
    token_ = std::move(answer->text);
    expires_at_ = now + answer->lifetime;
    return "Bearer " + token_;
  }
  last_error_ = answer.error().error;
  // From the failure on: whoever has waited for it here would ask again at once otherwise, one after the other.
  ask_again_at_ = clock_.steady_now() + backoff_.failed(answer.error().retry_after);
  if (usable) return "Bearer " + token_;
  return Failure(*last_error_);
}

void FetchedCredentials::invalidate() {
  const std::lock_guard lock(mutex_);
  token_.clear();
  refused();
}

FetchedCredentials::Answer FetchedCredentials::read_answer(const HttpResponse& response, const std::string& purpose,
                                                           const std::string& url) const {
  const auto refusal = [&](ErrorKind kind, std::string_view why) {
    return tl::unexpected(Refusal{{kind, fmt::format("{}: {}", purpose, why)}, retry_after(response, clock_.now())});
  };
  if (is_captive_portal(response, url)) {
    return tl::unexpected(Refusal{captive_portal_error(purpose, response), std::nullopt});
  }
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (response.status == 200) {
    const std::string token = text_member(json, "access_token");
    const bool has_lifetime = json.is_object() && json.contains("expires_in") && json["expires_in"].is_number();
    const double lifetime_s = has_lifetime ? json["expires_in"].get<double>() : 0.0;
    const bool is_token =
        !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!is_token || !(lifetime_s >= 1)) {
      return refusal(ErrorKind::transient, "the answer has no access_token with its expires_in");
    }
    const Seconds lifetime{static_cast<std::int64_t>(std::min(lifetime_s, 1e9))};
    return Token{token, std::clamp(lifetime, kShortestLifetime, kLongestLifetime)};
  }
  std::string why = fmt::format("status {}", response.status);
  const std::string error = text_member(json, "error");
  const std::string description = text_member(json, "error_description");
  if (!error.empty()) why += fmt::format(", {}", harmless(error));
  if (!description.empty()) why += fmt::format(": {}", harmless(description));
  if (worth_another_try(response.status)) return refusal(ErrorKind::transient, why);
  if (error == "invalid_grant") {
    why += fmt::format("; either the key was deleted or disabled, or the station's clock is wrong: it says {}",
                       format_utc(std::chrono::floor<Seconds>(clock_.now())));
  }
  return refusal(ErrorKind::config, why);
}

TokenGrantCredentials::TokenGrantCredentials(TokenGrantOptions options, std::unique_ptr<HttpTransport> transport,
                                             const Clock& clock, Random random)
    : FetchedCredentials(clock, std::move(random)),
      options_(std::move(options)),
      key_file_(options_.key_file, parse_service_account_key),
      transport_(std::move(transport)) {}

FetchedCredentials::Answer TokenGrantCredentials::fetch() {
  const auto failed = [](Error error) { return tl::unexpected(Refusal{std::move(error), std::nullopt}); };
  const auto key = key_file_.current();
  if (!key) return failed(key.error());
  const std::string context = fmt::format("key file '{}'", options_.key_file.string());
  const std::string token_uri = options_.token_uri.empty() ? (*key)->token_uri : options_.token_uri;
  if (options_.token_uri.empty() && !token_uri.starts_with("https://")) {
    return failed({ErrorKind::config, context + ": its token_uri is missing or not an https address"});
  }
  const auto assertion = sign_grant_assertion(**key, token_uri, options_.scope, clock_.now());
  if (!assertion) return failed(assertion.error().in(context));
  HttpRequest request;
  request.method = "POST";
  request.url = token_uri;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=" + percent_encode("urn:ietf:params:oauth:grant-type:jwt-bearer") +
                 "&assertion=" + percent_encode(*assertion);
  request.purpose = fmt::format("asking for a token for '{}'", (*key)->client_email);
  const auto response = transport_->perform(request, {});
  if (!response) return failed(response.error());
  return read_answer(*response, request.purpose, request.url);
}

MetadataCredentials::MetadataCredentials(MetadataOptions options, std::unique_ptr<HttpTransport> transport,
                                         const Clock& clock, Random random)
    : FetchedCredentials(clock, std::move(random)), options_(std::move(options)), transport_(std::move(transport)) {}

FetchedCredentials::Answer MetadataCredentials::fetch() {
  HttpRequest request;
  request.method = "GET";
  request.url = fmt::format("http://{}/computeMetadata/v1/instance/service-accounts/{}/token", options_.host,
                            percent_encode(options_.account));
  if (!options_.scope.empty()) request.url += "?scopes=" + percent_encode(options_.scope);
  request.headers = {{"Metadata-Flavor", "Google"}};
  request.purpose = fmt::format("asking the metadata server '{}' for a token", options_.host);
  const auto response = transport_->perform(request, {});
  if (!response) return tl::unexpected(Refusal{response.error(), std::nullopt});
  // Whoever else answers at this address knows nothing of us.
  if (response->header("metadata-flavor") != "Google") {
    if (is_captive_portal(*response, request.url)) {
      return tl::unexpected(Refusal{captive_portal_error(request.purpose, *response), std::nullopt});
    }
    return tl::unexpected(Refusal{
        {ErrorKind::transient, fmt::format("{}: whoever answered with status {} is no metadata server (the header "
                                           "Metadata-Flavor is missing)",
                                           request.purpose, response->status)},
        std::nullopt});
  }
  return read_answer(*response, request.purpose, request.url);
}

HttpOptions metadata_http_options() {
  HttpOptions options;
  options.connect_timeout = options.stall_timeout = options.request_timeout = Milliseconds{3000};
  return options;
}

}  // namespace dl::uplink
