// The only place that includes Boost.Asio.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without it

#include <boost/asio.hpp>

namespace dl::daemon {
namespace asio = boost::asio;
using boost::system::error_code;
}  // namespace dl::daemon
