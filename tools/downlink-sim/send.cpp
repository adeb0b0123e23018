#include "tools/downlink-sim/send.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/downlink-sim/cortex_server.h"
#include "tools/downlink-sim/datagram_sender.h"
#include "tools/downlink-sim/file_sender.h"
#include "tools/downlink-sim/sle_sender.h"
#include "tools/downlink-sim/tcp_sender.h"

namespace dl::sim {
namespace {

const Protocol* protocol_of(std::string_view scheme) {
  const auto found = std::ranges::find(protocols(), scheme, &Protocol::scheme);
  return found == protocols().end() ? nullptr : &*found;
}

std::string forms() {
  std::string text;
  for (const Protocol& protocol : protocols()) text += fmt::format("{}{}", text.empty() ? "" : ", ", protocol.form);
  return text;
}

Failure refuse(const std::string& url) {
  return fail(ErrorKind::config, fmt::format("expected one of {}, found '{}'", forms(), url));
}

}  // namespace

const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> kProtocols = {
      {"tcp", "tcp://HOST:PORT", "connect and send the stream", true, send_tcp},
      {"tcp-listen", "tcp-listen://HOST:PORT", "wait to be dialled, then send the stream", true, serve_tcp},
      {"osp", "osp://HOST:PORT", "the same: the port of VCDUs of the Open Satellite Project", true, serve_tcp},
      {"nng", "nng://HOST:PORT", "publish one unit a message to an nng or nanomsg subscriber", true, serve_sp},
      {"cortex", "cortex://HOST:PORT", "wait to be dialled, then answer as a Cortex demodulator", true, serve_cortex},
      {"sle", "sle://HOST:PORT", "wait to be bound, then deliver as an SLE provider of RAF and RCF", true, serve_sle},
      {"udp", "udp://HOST:PORT", "one unit a datagram", true, send_datagrams},
      {"folder", "folder://DIRECTORY", "write a file, and rename it when it is complete", false, drop_into_folder},
      {"-", "-", "write to standard output", false, write_to_pipe},
  };
  return kProtocols;
}

Result<Endpoint> parse_endpoint(const std::string& url) {
  Endpoint endpoint;
  if (url == "-") {
    endpoint.scheme = url;
    return endpoint;
  }
  const std::size_t separator = url.find("://");
  if (separator == std::string::npos) return refuse(url);
  endpoint.scheme = url.substr(0, separator);
  endpoint.path = url.substr(separator + 3);
  const Protocol* const protocol = protocol_of(endpoint.scheme);
  if (protocol == nullptr) return refuse(url);
  if (!protocol->has_host) return endpoint;
  const std::size_t colon = endpoint.path.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == endpoint.path.size()) return refuse(url);
  endpoint.host = endpoint.path.substr(0, colon);
  endpoint.port = endpoint.path.substr(colon + 1);
  if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  return endpoint;
}

Result<SendReport> send(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  return protocol_of(endpoint.scheme)->send(bytes, endpoint, options);
}

}  // namespace dl::sim
