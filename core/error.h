// Failures as values. Loss of data is not an error: it goes to the LossLedger (core/loss_ledger.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace dl {

// The kind names the reaction of whoever handles the error, not the place where it arose.
enum class ErrorKind {
  config,       // the operator must change a setting or a file
  transient,    // worth trying again, later
  permanent,    // trying again cannot help
  exhausted,    // a limit was reached: disk, memory, quota, attempts
  unsupported,  // valid, but not something this program handles
  corrupt,      // data that contradict themselves
  cancelled,    // somebody asked to stop
  io,           // the operating system refused
};

std::string_view to_string(ErrorKind kind);

// What was tried, what was expected, what was found, what to do; names in single quotes.
struct Error {
  ErrorKind kind = ErrorKind::permanent;
  std::string message;

  // The same error with what the caller was doing put in front: "context: message".
  [[nodiscard]] Error in(std::string_view context) const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

inline Failure fail(ErrorKind kind, std::string message) { return Failure(Error{kind, std::move(message)}); }

// "tried: strerror(errno_value)", of kind io, or exhausted where errno says that space ran out.
Failure fail_errno(std::string_view tried, int errno_value);

}  // namespace dl

#define DL_CONCATENATE_INNER(a, b) a##b
#define DL_CONCATENATE(a, b) DL_CONCATENATE_INNER(a, b)

// DL_TRY(auto x, expression); is a statement: on failure it returns the error, otherwise it moves the value
// into x. Not an expression on purpose: a GNU statement expression around co_await crashes g++ 12.
#define DL_TRY(declaration, ...) DL_TRY_INNER(DL_CONCATENATE(dl_result_, __LINE__), declaration, __VA_ARGS__)
#define DL_TRY_INNER(result, declaration, ...)                            \
  auto result = (__VA_ARGS__);                                            \
  if (!result) return ::tl::unexpected<::dl::Error>(std::move(result).error()); \
  declaration = std::move(*result)

// The same for Result<void>.
#define DL_CHECK(...)                                                                                   \
  do {                                                                                                  \
    if (auto dl_result = (__VA_ARGS__); !dl_result)                                                     \
      return ::tl::unexpected<::dl::Error>(std::move(dl_result).error());                               \
  } while (false)
