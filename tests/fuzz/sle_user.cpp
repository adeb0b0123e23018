// The protocol machine of the SLE user against a provider that says anything at any time.
#include "link/sle/isp1.h"
#include "link/sle/pdu_samples.h"
#include "link/sle/provider_codec.h"
#include "link/sle/user.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

using namespace link::sle;

UserOptions choose_options(Input& input) {
  UserOptions options;
  options.dialect = {input.flag() ? Service::rcf : Service::raf, 1 + input.below(kNewestVersion)};
  options.service_instance = options.dialect.service == Service::raf ? "sagr=1.spack=A.rsl-fg=1.raf=onlc1"
                                                                     : "sagr=1.spack=A.rsl-fg=1.rcf=onlc1";
  options.initiator = "US";
  options.responder = input.flag() ? "SLE_PROVIDER" : "";
  options.responder_port = "PORT";
  options.authentication = static_cast<Authentication>(input.below(3));
  options.password = {1, 2, 3};
  if (input.flag()) options.responder_password = Bytes{4, 5, 6};
  options.transport = {static_cast<std::uint16_t>(input.below(30)), 3};
  options.report_cycle_s = input.flag() ? 30 : 0;
  return options;
}

const std::vector<Bytes>& samples_of(const Dialect& dialect) {
  static std::vector<Bytes> samples[2][kNewestVersion + 1];
  std::vector<Bytes>& of = samples[dialect.service == Service::raf ? 0 : 1][dialect.version];
  if (of.empty()) of = sample_provider_pdus(dialect);
  return of;
}

class Conversation {
 public:
  explicit Conversation(Input& input)
      : input_(input), options_(choose_options(input)), user_(options_, [this] { return ++random_; }) {}

  void run() {
    while (!input_.empty()) {
      turn(input_.byte());
      // An end is the last thing of a connection.
      std::size_t ends = 0;
      for (const UserEvent& event : out_.events) ends += std::holds_alternative<Ended>(event) ? 1 : 0;
      DL_MUST(ends <= 1);
      DL_MUST(ends == 0 || std::holds_alternative<Ended>(out_.events.back()));
      DL_MUST(ends == 0 || user_.state() == UserState::unbound);
      DL_MUST(!user_.next_deadline() || user_.state() != UserState::unbound);
      out_.clear();
    }
  }

 private:
  void turn(std::uint8_t what) {
    switch (what % 8) {
      case 0:
        if (user_.state() == UserState::unbound) user_.connected({}, now(), out_);
        break;
      case 1:
        now_.steady += Milliseconds(40 * what);
        user_.tick(now(), (what & 64) != 0, out_);
        break;
      case 2:
        user_.finish(UnbindReason::end, now(), out_);
        break;
      case 3:
        if (user_.state() != UserState::unbound) user_.connection_lost("by peer", what, out_);
        break;
      case 4:
        receive(copy_of(input_.take(what)));
        break;  // bytes
      case 5:
        say(copy_of(input_.take(what)));
        break;  // a message with any PDU
      case 6:
        say(encode(answer(input_.byte()), options_.dialect));
        break;
      default: {
        const std::vector<Bytes>& samples = samples_of(options_.dialect);
        say(samples[input_.byte() % samples.size()]);
      }
    }
  }
  // What a provider that knows its part would say.
  ProviderPdu answer(std::uint8_t choice) {
    const std::uint16_t id = choice >> 4;
    switch (choice % 4) {
      case 0:
        return BindReturn{{}, "SLE_PROVIDER", static_cast<std::uint16_t>(options_.dialect.version), {}};
      case 1:
        return StartReturn{{}, id, {}};
      case 2:
        return StopReturn{{}, id, {}};
      default:
        return UnbindReturn{};
    }
  }
  void say(const Bytes& pdu) {
    Bytes message;
    append_pdu_message(pdu, message);
    receive(message);
  }
  void receive(const Bytes& bytes) {
    if (user_.state() != UserState::unbound) user_.receive(bytes, now(), out_);
  }
  [[nodiscard]] Now now() const { return now_; }

  Input& input_;
  UserOptions options_;
  std::uint32_t random_ = 0;
  User user_;
  Now now_{kSampleTime, SteadyTime{}};
  UserOutput out_;
};

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dl::fuzz::Input input(data, size);
  dl::fuzz::Conversation(input).run();
  return 0;
}
