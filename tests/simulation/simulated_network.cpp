#include "tests/simulation/simulated_network.h"

#include <fmt/format.h>

namespace dl::simulation {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{128} * 1024;

uplink::HttpResponse page() {
  return {200, {{"content-type", "text/html"}}, "<html><head><title>Welcome to Harbour WiFi</title></head></html>"};
}

}  // namespace

void SimulatedNetwork::pass_time(double least_ms, double most_ms) {
  world_.scheduler.sleep(Microseconds(static_cast<std::int64_t>(world_.chance.magnitude(least_ms, most_ms) * 1000)));
}

Result<uplink::HttpResponse> SimulatedNetwork::no_answer(const uplink::HttpRequest& request, const char* why) {
  world_.trace.add(fmt::format("{}: {}", request.purpose, why));
  world_.on_operation();
  return fail(ErrorKind::transient, fmt::format("{}: {}", request.purpose, why));
}

uplink::HttpResponse SimulatedNetwork::passing_error() {
  constexpr int kStatuses[] = {408, 429, 500, 502, 503, 504, 403};
  const int status = kStatuses[world_.chance.below(std::size(kStatuses))];
  auto answer = error_answer(status, "not now", "rateLimitExceeded");
  if (world_.faults.strikes(Fault::retry_after)) {
    answer.headers.push_back({"retry-after", std::to_string(world_.chance.below(3600))});
  }
  return answer;
}

std::optional<uplink::HttpResponse> SimulatedNetwork::answered_on_the_way() {
  Faults& faults = world_.faults;
  if (faults.during(Fault::spell_portal) || faults.strikes(Fault::portal)) return page();
  if (faults.during(Fault::spell_unavailable)) return error_answer(503, "Service Unavailable");
  if (faults.during(Fault::spell_refused)) return error_answer(403, "lacks permission", "forbidden");
  if (faults.strikes(Fault::passing_error)) return passing_error();
  if (faults.strikes(Fault::unauthorised)) return error_answer(401, "Invalid Credentials", "authError");
  return std::nullopt;
}

SimulatedNetwork::Body SimulatedNetwork::send_body(const uplink::HttpRequest& request,
                                                   const uplink::ProgressFn& progress) {
  Body body;
  body.arrived = request.body;
  if (request.stream == nullptr) return body;
  const bool cut = world_.faults.strikes(Fault::body_cut);
  const std::uint64_t most = cut ? world_.chance.below(request.stream->size_bytes()) : request.stream->size_bytes();
  Bytes block(kBlockBytes);
  while (true) {
    const auto got = request.stream->read(block);
    if (!got) {
      body.failed = got.error();
      break;
    }
    if (*got == 0) return body;
    body.arrived.append(as_text(ByteView(block).first(*got)));
    pass_time(1, 200);
    world_.on_operation();
    if (progress && !progress(body.arrived.size())) {
      body.failed = Error{ErrorKind::cancelled, request.purpose + ": asked to stop"};
      break;
    }
    if (body.arrived.size() > most) {
      body.arrived.resize(most);
      break;
    }
  }
  body.whole = false;
  return body;
}

uplink::HttpResponse SimulatedNetwork::handle(const uplink::HttpRequest& request, const Body& body) {
  const bool to_bucket = request.url.starts_with(SimulatedBucket::kEndpoint);
  const bool on_session = request.url.find("upload_id=") != std::string::npos;
  // A bucket or topic that is not there. A session has its own 404.
  if (!on_session && world_.faults.during(Fault::spell_missing)) {
    return error_answer(404, to_bucket ? "The specified bucket does not exist." : "Topic not found", "notFound");
  }
  return to_bucket ? world_.bucket.handle(request, body.arrived, body.whole)
                   : world_.topic.handle(request, body.arrived);
}

Result<uplink::HttpResponse> SimulatedNetwork::perform(const uplink::HttpRequest& request,
                                                       const uplink::ProgressFn& progress) {
  Faults& faults = world_.faults;
  world_.on_operation();
  pass_time(1, 100);
  if (faults.during(Fault::spell_no_network)) {
    pass_time(10, 30'000);
    return no_answer(request, "no connection");
  }
  if (faults.strikes(Fault::slow)) pass_time(1000, 300'000);
  if (faults.strikes(Fault::request_lost)) return no_answer(request, "request lost");
  const Body body = send_body(request, progress);
  if (!body.whole) {
    if (request.url.starts_with(SimulatedBucket::kEndpoint)) handle(request, body);
    if (!body.failed) return no_answer(request, "cut in the body");
    world_.trace.add(fmt::format("{}: body ended: {}", request.purpose, to_string(body.failed->kind)));
    return tl::make_unexpected(*body.failed);
  }
  auto answer = answered_on_the_way();
  if (!answer) {
    answer = handle(request, body);
    world_.on_operation();
    if (faults.strikes(Fault::error_after)) answer = passing_error();
  }
  pass_time(1, 100);
  if (faults.strikes(Fault::answer_lost)) return no_answer(request, "answer lost");
  if (faults.strikes(Fault::answer_cut)) answer->body.resize(world_.chance.below(answer->body.size() + 1));
  world_.trace.add(fmt::format("{}: {}", request.purpose, answer->status));
  world_.on_operation();
  return *std::move(answer);
}

}  // namespace dl::simulation
