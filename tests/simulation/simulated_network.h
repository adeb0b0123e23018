// The way from the station to its servers, with everything that happens on ways.
#pragma once

#include <functional>

#include "tests/simulation/faults.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/simulated_bucket.h"
#include "tests/simulation/simulated_topic.h"
#include "uplink/http/http_client.h"

namespace dl::simulation {

// What a kill can interrupt is told to `on_operation` before and after it happens; it throws Killed when it is to be.
class SimulatedNetwork final : public uplink::HttpTransport {
 public:
  struct World {
    Scheduler& scheduler;
    Chance& chance;
    Faults& faults;
    Trace& trace;
    SimulatedBucket& bucket;
    SimulatedTopic& topic;
    std::function<void()> on_operation;
  };
  // The world outlives this.
  explicit SimulatedNetwork(World& world) : world_(world) {}

  Result<uplink::HttpResponse> perform(const uplink::HttpRequest& request, const uplink::ProgressFn& progress) override;

 private:
  struct Body {
    std::string arrived;
    bool whole = true;
    std::optional<Error> failed;
  };

  void pass_time(double least_ms, double most_ms);
  std::optional<uplink::HttpResponse> answered_on_the_way();
  uplink::HttpResponse passing_error();
  Body send_body(const uplink::HttpRequest& request, const uplink::ProgressFn& progress);
  uplink::HttpResponse handle(const uplink::HttpRequest& request, const Body& body);
  Result<uplink::HttpResponse> no_answer(const uplink::HttpRequest& request, const char* why);

  World& world_;
};

}  // namespace dl::simulation
