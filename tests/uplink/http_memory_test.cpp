// Requests for which there is not enough memory. A program of its own: it puts calls of its own in front of libcurl's.
#include <cstdarg>

#include <dlfcn.h>

#include <curl/curl.h>
#include <gtest/gtest.h>

#include "tests/uplink/fault_server.h"

// The n-th copy of a text that libcurl is asked to make fails; negative: none does.
static int copies_before_failure = -1;
static int copies_made = 0;

static bool copy_fails() {
  ++copies_made;
  return copies_before_failure >= 0 && copies_before_failure-- == 0;
}

extern "C" curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  static const auto real = reinterpret_cast<decltype(&curl_slist_append)>(::dlsym(RTLD_NEXT, "curl_slist_append"));
  return copy_fails() ? nullptr : real(list, text);
}

#undef curl_easy_setopt
extern "C" CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  static const auto real = reinterpret_cast<decltype(&curl_easy_setopt)>(::dlsym(RTLD_NEXT, "curl_easy_setopt"));
  std::va_list arguments;
  va_start(arguments, option);
  // Pointers, long and curl_off_t are alike here.
  void* value = va_arg(arguments, void*);
  va_end(arguments);
  const curl_easyoption* known = curl_easy_option_by_id(option);
  if (known != nullptr && known->type == CURLOT_STRING && copy_fails()) return CURLE_OUT_OF_MEMORY;
  return real(easy, option, value);
}

namespace dl::test {
namespace {

TEST(HttpMemoryTest, RequestThatCouldNotBeMadeWholeIsNeverSent) {
  FaultServer server;
  uplink::HttpOptions options;
  options.ca_file = "/etc/ssl/certs/ca-certificates.crt";
  options.user_agent = "downlinkd";
  uplink::CurlTransport transport(options);
  uplink::HttpRequest request;
  request.method = "PUT";
  request.headers = {{"If-None-Match", "*"}, {"Content-Range", "bytes 0-1/2"}};
  request.body = "ab";
  request.purpose = "testing";
  int failures = 0;
  for (;; ++failures) {
    copies_before_failure = failures;
    request.url = "http://127.0.0.1:" + server.port() + "/ok?" + std::to_string(failures);
    const auto response = transport.perform(request, {});
    const bool failed = copies_before_failure < 0;
    copies_before_failure = -1;
    if (!failed) {
      ASSERT_TRUE(response) << response.error().message;
      break;
    }
    ASSERT_FALSE(response) << "text " << failures << " was left out";
    EXPECT_EQ(response.error().kind, ErrorKind::exhausted);
    EXPECT_NE(response.error().message.find("testing: "), std::string::npos) << response.error().message;
  }
  // The headers, what follows them always, address, method, certificates, and who it is.
  EXPECT_GE(failures, 10);
  EXPECT_EQ(server.line(), "PUT /ok?" + std::to_string(failures) + " 2") << "the first that was sent";
}

}  // namespace
}  // namespace dl::test
