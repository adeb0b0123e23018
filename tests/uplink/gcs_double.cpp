#include "tests/uplink/gcs_double.h"

#include <nlohmann/json.hpp>

#include "core/base64.h"

namespace dl::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> command(std::vector<std::string> more) {
  std::vector<std::string> made{"/usr/bin/python3", support_script("gcs_double.py"), "--bucket", "scenes",
                                "--exit-on-stdin-eof"};
  made.insert(made.end(), more.begin(), more.end());
  return made;
}

uplink::HttpOptions options() {
  uplink::HttpOptions made;
  made.response_limit_bytes = 64U << 20;
  return made;
}

}  // namespace

std::string support_script(const std::string& name) {
  return std::string(DL_SOURCE_DIRECTORY) + "/tests/support/" + name;
}

GcsDouble::GcsDouble(std::vector<std::string> more_arguments)
    : process_(command(std::move(more_arguments))),
      endpoint_("http://127.0.0.1:" + process_.read_line().value_or("0")),
      transport_(options()) {}

std::string GcsDouble::ask(const std::string& method, const std::string& path, const std::string& body) {
  uplink::HttpRequest request;
  request.method = method;
  request.url = endpoint_ + path;
  request.body = body;
  request.purpose = "asking the double for " + path;
  auto response = transport_.perform(request, {});
  if (!response) return response.error().message;
  return response->status < 300 ? response->body : "status " + std::to_string(response->status);
}

void GcsDouble::fault(const std::string& faults_json) {
  ask("POST", "/_double/faults", faults_json);
}

void GcsDouble::settings(const std::string& settings_json) {
  ask("POST", "/_double/settings", settings_json);
}

void GcsDouble::advance_clock(std::int64_t seconds) {
  ask("POST", "/_double/clock", Json{{"advance_s", seconds}}.dump());
}

void GcsDouble::put_object(const std::string& bucket, const std::string& name, const std::string& content) {
  ask("POST", "/_double/objects",
      Json{{"bucket", bucket}, {"name", name}, {"content_base64", base64_encode(as_bytes(content))}}.dump());
}

std::vector<DoubleRequest> GcsDouble::requests() {
  std::vector<DoubleRequest> seen;
  for (const Json& row : Json::parse(ask("GET", "/_double/requests"))) {
    seen.push_back({row["kind"], row["path"],
                    row["content_range"].is_string() ? row["content_range"].get<std::string>() : "", row["body_bytes"],
                    row["status"], row["authorized"]});
  }
  return seen;
}

void GcsDouble::forget_requests() {
  ask("DELETE", "/_double/requests");
}

std::size_t GcsDouble::faults_left() {
  return Json::parse(ask("GET", "/_double/faults")).size();
}

std::string GcsDouble::begin_retry_test(const std::string& instructions_json) {
  const Json made = Json::parse(ask("POST", "/retry_test", R"({"instructions":)" + instructions_json + "}"), nullptr,
                                /*allow_exceptions=*/false);
  return made.is_object() ? made.value("id", "") : "";
}

bool GcsDouble::retry_test_completed(const std::string& id) {
  return Json::parse(ask("GET", "/retry_test/" + id))["completed"];
}

std::size_t GcsDouble::objects() {
  return Json::parse(ask("GET", "/_double/objects")).size();
}

std::optional<std::string> GcsDouble::object(const std::string& bucket, const std::string& name) {
  const std::string answer = ask("GET", "/" + bucket + "/" + name);
  if (answer == "status 404") return std::nullopt;
  return answer;
}

}  // namespace dl::test
