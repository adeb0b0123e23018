// An uploader alone, for tests that kill it: delivers to one S3 or Azure destination what a journal has waiting for
// "cloud", straight from the journal, then exits 0.
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "spool/journal.h"
#include "uplink/azure/azure_destination.h"
#include "uplink/azure/azure_signer.h"
#include "uplink/s3/s3_destination.h"
#include "uplink/s3/s3_signer.h"

namespace {

using namespace dl;

struct Wanted {
  std::string journal, kind, endpoint, bucket, keys, region, account;
  std::uint64_t part_bytes = 0;
  bool head_first = false;
};

class JournalNotes final : public uplink::DeliveryJournal {
 public:
  JournalNotes(spool::Journal& journal, std::int64_t id) : journal_(journal), id_(id) {}
  Result<void> record_session(const std::string& session) override { return journal_.record_session(id_, session); }
  Result<void> record_progress(std::uint64_t bytes) override { return journal_.record_progress(id_, bytes); }
  Result<void> record_part(const spool::DeliveryPart& part) override { return journal_.record_part(id_, part); }
  Result<std::vector<spool::DeliveryPart>> parts() override { return journal_.delivery_parts(id_); }
  [[nodiscard]] bool stop_requested() const override { return false; }
  [[nodiscard]] bool abort_requested() const override { return false; }

 private:
  spool::Journal& journal_;
  std::int64_t id_;
};

std::unique_ptr<uplink::RequestSigner> make_signer(const Wanted& wanted, const Clock& clock) {
  if (wanted.kind == "azure") return std::make_unique<uplink::AzureSigner>(wanted.keys, wanted.account, clock);
  return std::make_unique<uplink::S3Signer>(wanted.keys, "default", wanted.region, clock);
}

std::unique_ptr<uplink::Destination> make_destination(const Wanted& wanted, uplink::RequestSigner& signer,
                                                      const Clock& clock) {
  auto transport = std::make_unique<uplink::CurlTransport>(uplink::HttpOptions{});
  if (wanted.kind == "azure") {
    uplink::AzureOptions options;
    options.name = "cloud";
    options.location = {wanted.endpoint, wanted.bucket};
    options.upload.block_bytes = wanted.part_bytes;
    return uplink::make_azure_destination(options, std::move(transport), signer, clock);
  }
  uplink::S3Options options;
  options.name = "cloud";
  options.location = {wanted.endpoint, wanted.bucket, uplink::S3Addressing::path};
  options.upload.part_bytes = wanted.part_bytes;
  if (wanted.head_first) options.upload.create_only = uplink::CreateOnly::head_first;
  return uplink::make_s3_destination(options, std::move(transport), signer, clock);
}

Result<void> deliver_all(const Wanted& wanted) {
  const SystemClock clock;
  DL_TRY(const auto journal, spool::Journal::open(wanted.journal, clock));
  const auto signer = make_signer(wanted, clock);
  const auto destination = make_destination(wanted, *signer, clock);
  while (true) {
    DL_TRY(const auto due, journal->due_deliveries("cloud", 1));
    if (due.empty()) return {};
    JournalNotes notes(*journal, due[0].id);
    DL_TRY(const auto outcome, destination->deliver(due[0], notes));
    if (outcome.kind == uplink::OutcomeKind::confirmed) {
      const auto none = [](const spool::DeliveredScene&) { return std::vector<spool::Announcement>{}; };
      DL_CHECK(journal->confirm_delivery(due[0].id, {outcome.generation, wanted.bucket}, none));
    } else if (outcome.kind != uplink::OutcomeKind::retry_later) {
      return fail(ErrorKind::permanent, outcome.message);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  CLI::App app("delivers what waits in a journal to one bucket");
  app.add_option("--journal", wanted.journal)->required();
  app.add_option("--kind", wanted.kind)->required();
  app.add_option("--endpoint", wanted.endpoint)->required();
  app.add_option("--bucket", wanted.bucket)->required();
  app.add_option("--keys", wanted.keys)->required();
  app.add_option("--region", wanted.region);
  app.add_option("--account", wanted.account);
  app.add_option("--part-bytes", wanted.part_bytes)->required();
  app.add_flag("--head-first", wanted.head_first);
  CLI11_PARSE(app, argc, argv);
  const auto done = deliver_all(wanted);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
