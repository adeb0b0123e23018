// The simulation's checks must see what they are there for: programs that are broken in one place, as others' were.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace dl::simulation {
namespace {

using uplink::OutcomeKind;
using uplink::UploadAction;

// Everything is the real protocol's, but for what a mutation changes.
class BrokenProtocol : public uplink::UploadProtocol {
 public:
  explicit BrokenProtocol(std::unique_ptr<uplink::UploadProtocol> real) : real_(std::move(real)) {}
  [[nodiscard]] UploadAction next() const override { return outcome_ ? UploadAction{} : real_->next(); }
  void on_response(const uplink::HttpResponse& response, UtcTime now) override { real_->on_response(response, now); }
  void on_no_response(const Error& error) override { real_->on_no_response(error); }
  void on_region_hashed(const uplink::RegionDigests& digests) override { real_->on_region_hashed(digests); }
  void on_file_verified(bool unchanged) override { real_->on_file_verified(unchanged); }
  void on_credentials_refreshed() override { real_->on_credentials_refreshed(); }
  void end(OutcomeKind kind, std::string message) override { real_->end(kind, std::move(message)); }
  [[nodiscard]] const std::string& session() const override { return real_->session(); }
  [[nodiscard]] std::uint64_t committed_bytes() const override { return real_->committed_bytes(); }
  std::vector<spool::DeliveryPart> take_new_parts() override { return real_->take_new_parts(); }
  [[nodiscard]] const uplink::Outcome& outcome() const override { return outcome_ ? *outcome_ : real_->outcome(); }

 protected:
  void claim_success() {
    outcome_.emplace();
    outcome_->kind = OutcomeKind::confirmed;
    outcome_->generation = "1";
  }
  std::unique_ptr<uplink::UploadProtocol> real_;
  std::optional<uplink::Outcome> outcome_;
};

// Whether `wanted` of the first worlds see it: one alone may be an accident.
bool is_seen(const Mutation& mutation, int wanted) {
  constexpr std::uint64_t kWorlds = 60;
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= kWorlds && seen < wanted; ++seed) {
    seen += static_cast<int>(!simulate(seed, mutation).violations.empty());
  }
  return seen == wanted;
}

template <class Broken>
Mutation with_protocol() {
  Mutation mutation;
  mutation.wrap_protocol = [](std::unique_ptr<uplink::UploadProtocol> real) {
    return std::make_unique<Broken>(std::move(real));
  };
  return mutation;
}

// ScyllaDB, PR 31541: "a 308 without Range was read as done".
class Takes308WithoutRangeForDone final : public BrokenProtocol {
 public:
  using BrokenProtocol::BrokenProtocol;
  void on_response(const uplink::HttpResponse& response, UtcTime now) override {
    if (response.status == 308 && !response.header("range") && real_->next().body) return claim_success();
    BrokenProtocol::on_response(response, now);
  }
};

TEST(SimulationMutation, AnswerWithoutRangeThatIsTakenForDoneIsSeen) {
  EXPECT_TRUE(is_seen(with_protocol<Takes308WithoutRangeForDone>(), 5));
}

// Whoever has sent everything and hears nothing must ask.
class TakesSilenceForSuccess final : public BrokenProtocol {
 public:
  using BrokenProtocol::BrokenProtocol;
  void on_no_response(const Error& error) override {
    if (error.kind == ErrorKind::transient && !real_->session().empty()) return claim_success();
    BrokenProtocol::on_no_response(error);
  }
};

TEST(SimulationMutation, ConfirmationBeforeTheServerHasSpokenIsSeen) {
  EXPECT_TRUE(is_seen(with_protocol<TakesSilenceForSuccess>(), 5));
}

// A portal's page, or half an answer.
class Takes200ForSuccess final : public BrokenProtocol {
 public:
  using BrokenProtocol::BrokenProtocol;
  void on_response(const uplink::HttpResponse& response, UtcTime now) override {
    if (response.status == 200 && !real_->session().empty()) return claim_success();
    BrokenProtocol::on_response(response, now);
  }
};

TEST(SimulationMutation, SuccessByStatusAloneIsSeen) {
  EXPECT_TRUE(is_seen(with_protocol<Takes200ForSuccess>(), 5));
}

// Changes requests on their way.
class BrokenTransport final : public uplink::HttpTransport {
 public:
  using Change = std::function<void(uplink::HttpRequest&)>;
  BrokenTransport(std::unique_ptr<uplink::HttpTransport> real, Change change)
      : real_(std::move(real)), change_(std::move(change)) {}
  Result<uplink::HttpResponse> perform(const uplink::HttpRequest& request,
                                       const uplink::ProgressFn& progress) override {
    uplink::HttpRequest changed = request;
    change_(changed);
    return real_->perform(changed, progress);
  }

 private:
  std::unique_ptr<uplink::HttpTransport> real_;
  Change change_;
};

Mutation with_requests(BrokenTransport::Change change) {
  Mutation mutation;
  mutation.wrap_transport = [change](std::unique_ptr<uplink::HttpTransport> real) {
    return std::make_unique<BrokenTransport>(std::move(real), change);
  };
  return mutation;
}

TEST(SimulationMutation, UploadThatMayOverwriteIsSeen) {
  const auto without_precondition = [](uplink::HttpRequest& request) {
    const auto at = request.url.find("&ifGenerationMatch=0");
    if (at != std::string::npos) request.url.erase(at, 20);
  };
  EXPECT_TRUE(is_seen(with_requests(without_precondition), 3));
}

TEST(SimulationMutation, EventWithANewIdInEveryAttemptIsSeen) {
  const auto with_new_id = [count = std::make_shared<int>(0)](uplink::HttpRequest& request) {
    const auto at = request.body.find(R"("ce-id":")");
    if (at != std::string::npos) request.body.insert(at + 9, std::to_string(++*count));
  };
  EXPECT_TRUE(is_seen(with_requests(with_new_id), 5));
}

TEST(SimulationMutation, DiskThatLiesAboutSyncsIsSeen) {
  Mutation mutation;
  mutation.disk_lies_about_syncs = true;
  EXPECT_TRUE(is_seen(mutation, 3));
}

}  // namespace
}  // namespace dl::simulation
