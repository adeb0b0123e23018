#include "link/sle/credentials.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "core/sha1.h"
#include "core/sha256.h"
#include "link/sle/ber.h"
#include "link/sle/time_code.h"

namespace dl::link::sle {
namespace {

constexpr std::size_t kMostDigestBytes = 32;

struct Parsed {
  ByteView time_code;
  std::uint32_t random = 0;
  ByteView digest;
};

Result<Parsed> parse(ByteView credentials) {
  BerReader outer(credentials);
  DL_TRY(const ByteView content, outer.expect(kSequence, "the sequence of the credentials"));
  BerReader reader(content);
  Parsed parsed;
  DL_TRY(parsed.time_code, reader.octets(kOctetString, "the time of the credentials", kTimeBytes, kTimeBytes));
  DL_TRY(parsed.random, reader.unsigned_integer(kInteger, "the random number of the credentials", kMostRandom));
  DL_TRY(parsed.digest, reader.octets(kOctetString, "the hash of the credentials", 1, kMostDigestBytes));
  return parsed;
}

// In a time that does not tell where they differ.
bool same(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

Bytes protect(ByteView time_code, std::uint32_t random, const Identity& identity, Hash hash) {
  BerWriter input;
  input.constructed(kSequence, [&] {
    input.octets(kOctetString, time_code);
    input.integer(kInteger, random);
    input.text(kVisibleString, identity.name);
    input.octets(kOctetString, identity.password);
  });
  if (hash == Hash::sha1) {
    const Sha1Digest digest = sha1(input.bytes());
    return {digest.begin(), digest.end()};
  }
  const Sha256Digest digest = sha256(input.bytes());
  return {digest.begin(), digest.end()};
}

Bytes make_credentials(UtcTime now, std::uint32_t random, const Identity& identity, Hash hash) {
  assert(random <= kMostRandom);
  const auto time_code = encode_time(now);
  BerWriter writer;
  writer.constructed(kSequence, [&] {
    writer.octets(kOctetString, time_code);
    writer.integer(kInteger, random);
    writer.octets(kOctetString, protect(time_code, random, identity, hash));
  });
  return writer.take();
}

Result<void> check_credentials(ByteView credentials, const Identity& identity, Hash hash, UtcTime now,
                               Milliseconds acceptable_delay) {
  if (credentials.empty()) {
    return fail(ErrorKind::permanent,
                fmt::format("'{}' sent no credentials, though it has to prove itself", identity.name));
  }
  const auto parsed = parse(credentials);
  if (!parsed) {
    return fail(ErrorKind::permanent,
                fmt::format("the credentials of '{}' cannot be read: {}", identity.name, parsed.error().message));
  }
  const Bytes expected = protect(parsed->time_code, parsed->random, identity, hash);
  if (parsed->digest.size() != expected.size()) {
    return fail(ErrorKind::permanent,
                fmt::format("the credentials of '{}' have a hash of {} bytes, expected {} ({})", identity.name,
                            parsed->digest.size(), expected.size(), hash == Hash::sha1 ? "SHA-1" : "SHA-256"));
  }
  if (!same(parsed->digest, expected)) {
    return fail(ErrorKind::permanent, fmt::format("the credentials of '{}' are not made with the password that is "
                                                  "configured for it",
                                                  identity.name));
  }
  DL_TRY(const UtcTime time, decode_time(parsed->time_code));
  if (now - time > acceptable_delay || time - now > acceptable_delay) {
    return fail(ErrorKind::permanent,
                fmt::format("the credentials of '{}' are of {}, it is {}: more than {} s apart; set the clocks",
                            identity.name, format_utc(time), format_utc(now), acceptable_delay.count() / 1000));
  }
  return {};
}

}  // namespace dl::link::sle
