// Everything that stands in a message of ISP1: PDUs of either side, items of transfer buffers, the context message.
#include "link/sle/isp1.h"
#include "link/sle/provider_codec.h"
#include "link/sle/service_instance.h"
#include "link/sle/user_codec.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

using namespace link::sle;

// What was understood can be said again, and is understood again.
void read_user_pdu(ByteView bytes, const Dialect& dialect) {
  const auto pdu = decode_user_pdu(bytes, dialect.service);
  if (!pdu) {
    DL_MUST(!pdu.error().message.empty());
    return;
  }
  const auto* bind = std::get_if<BindInvocation>(&*pdu);
  if (bind != nullptr && !check_service_instance(bind->service_instance)) return;  // attributes that nobody knows
  const Bytes again = encode(*pdu, dialect);
  const auto same = decode_user_pdu(again, dialect.service);
  DL_MUST(same && same->index() == pdu->index());
  DL_MUST(encode(*same, dialect) == again);
}

void read_provider_pdu(ByteView bytes, const Dialect& dialect) {
  const auto pdu = decode_provider_pdu(bytes, dialect);
  if (!pdu) {
    DL_MUST(!pdu.error().message.empty());
    return;
  }
  const auto* buffer = std::get_if<TransferBuffer>(&*pdu);
  if (buffer == nullptr) {
    const Bytes again = encode(*pdu, dialect);
    const auto same = decode_provider_pdu(again, dialect);
    DL_MUST(same && same->index() == pdu->index());
    DL_MUST(encode(*same, dialect) == again);
    return;
  }
  std::vector<BufferItem> items;
  TransferBufferReader reader(*buffer, dialect);
  for (;;) {
    const auto item = reader.next();
    if (!item || !*item) break;
    DL_MUST(items.size() < bytes.size());
    items.push_back(**item);
  }
  const Bytes again = encode_transfer_buffer(items, dialect);
  DL_MUST(decode_provider_pdu(again, dialect));
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const std::uint8_t choice = input.byte();
  const dl::link::sle::Dialect dialect{(choice & 1) != 0 ? dl::link::sle::Service::rcf : dl::link::sle::Service::raf,
                                       1 + (choice >> 1) % dl::link::sle::kNewestVersion};
  const dl::Bytes bytes = copy_of(input.rest());
  read_user_pdu(bytes, dialect);
  read_provider_pdu(bytes, dialect);
  (void)dl::link::sle::parse_context(bytes);
  return 0;
}
