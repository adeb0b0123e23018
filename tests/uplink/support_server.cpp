#include "tests/uplink/support_server.h"

#include <nlohmann/json.hpp>

#include "tests/uplink/gcs_double.h"

namespace dl::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> command(const std::string& script, const std::vector<std::string>& arguments) {
  std::vector<std::string> made{"/usr/bin/python3", support_script(script)};
  made.insert(made.end(), arguments.begin(), arguments.end());
  return made;
}

}  // namespace

SupportServer::SupportServer(const std::string& script, const std::vector<std::string>& arguments)
    : process_(command(script, arguments)), first_line_(process_.read_line().value_or("")) {}

SupportServer::~SupportServer() {
  process_.close_stdin();
  process_.wait();
}

std::string SupportServer::value(const std::string& name) const {
  const Json json = Json::parse(first_line_, nullptr, false);
  return json.is_object() && json.contains(name) ? json[name].get<std::string>() : std::string{};
}

FaultProxy::FaultProxy(const std::string& upstream)
    : server_("fault_proxy.py", {"--upstream", upstream}), transport_(uplink::HttpOptions{}) {}

std::string FaultProxy::ask(const std::string& method, const std::string& path, const std::string& body) {
  uplink::HttpRequest request;
  request.method = method;
  request.url = endpoint() + path;
  request.body = body;
  request.purpose = "asking the proxy for " + path;
  auto response = transport_.perform(request, {});
  return response ? response->body : "[]";
}

void FaultProxy::fault(const std::string& faults_json) {
  ask("POST", "/_proxy/faults", faults_json);
}

std::size_t FaultProxy::faults_left() {
  return Json::parse(ask("GET", "/_proxy/faults")).size();
}

void FaultProxy::forget_faults() {
  ask("DELETE", "/_proxy/faults");
}

std::vector<ProxiedRequest> FaultProxy::requests() {
  std::vector<ProxiedRequest> seen;
  for (const Json& row : Json::parse(ask("GET", "/_proxy/requests"))) {
    seen.push_back({row["method"], row["target"], row["body_bytes"], row["status"]});
  }
  return seen;
}

void FaultProxy::forget_requests() {
  ask("DELETE", "/_proxy/requests");
}

}  // namespace dl::test
