#include "config/config.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "config/words.h"

namespace dl::config {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned size_bits = 0;
};

// IPv4-mapped IPv6 ("::ffff:192.0.2.7") becomes IPv4: a socket that serves both families reports peers that way.
std::optional<Address> parse_address(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size_bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.size_bits = 128;
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::memcmp(address.bytes.data(), kMapped.data(), kMapped.size()) == 0) {
    Address ipv4;
    std::memcpy(ipv4.bytes.data(), address.bytes.data() + kMapped.size(), 4);
    ipv4.size_bits = 32;
    return ipv4;
  }
  return address;
}

bool shares_prefix(const Address& a, const Address& b, unsigned bits) {
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((a.bytes[bit / 8] & mask) != (b.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  return word_of(level);
}
std::string_view to_string(SourceKind kind) {
  return word_of(kind);
}
std::string_view to_string(link::InputForm form) {
  return word_of(form);
}
std::string_view to_string(DestinationKind kind) {
  return word_of(kind);
}
std::string_view to_string(PublisherKind kind) {
  return word_of(kind);
}
std::string_view to_string(Credentials credentials) {
  return word_of(credentials);
}
std::string_view to_string(Addressing addressing) {
  return word_of(addressing);
}
std::string_view to_string(Verify verify) {
  return word_of(verify);
}

std::string ListenAddress::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

std::string PeerNetwork::text() const {
  return fmt::format("{}/{}", address, prefix_bits);
}

bool is_allowed_peer(const std::vector<PeerNetwork>& allowed, const std::string& peer_address) {
  const auto peer = parse_address(peer_address);
  if (!peer) return false;
  for (const auto& network : allowed) {
    const auto base = parse_address(network.address);
    if (base && base->size_bits == peer->size_bits && shares_prefix(*base, *peer, network.prefix_bits)) return true;
  }
  return false;
}

}  // namespace dl::config
