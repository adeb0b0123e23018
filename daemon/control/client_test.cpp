#include "daemon/control/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "core/file.h"

namespace dl::control {
namespace {

namespace fs = std::filesystem;
constexpr Milliseconds kLong = std::chrono::seconds(30);

// Listens on a unix socket; serves one connection with a script: reads one line, says the pieces, closes.
class ScriptedServer {
 public:
  explicit ScriptedServer(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
    listener_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
  }
  ~ScriptedServer() {
    if (thread_.joinable()) thread_.join();
  }
  void serve(std::vector<std::string> pieces) {
    thread_ = std::thread([this, pieces = std::move(pieces)] {
      const FileDescriptor connection(accept(listener_.get(), nullptr, nullptr));
      char c = 0;
      while (read(connection.get(), &c, 1) == 1 && c != '\n') request_ += c;
      for (const auto& piece : pieces)
        if (send(connection.get(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
    });
  }
  std::string request() {
    thread_.join();
    return request_;
  }
  void stop_listening() { listener_.reset(); }

 private:
  FileDescriptor listener_;
  std::thread thread_;
  std::string request_;
};

class Client : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/dl_client_XXXXXX";  // short: a socket's path has 107 bytes
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    socket_ = folder_ / "s";
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string unreachable(Milliseconds timeout = kLong) const {
    const auto report = ask(socket_, Request{}, timeout);
    EXPECT_FALSE(report);
    EXPECT_EQ(report.error().what, ClientError::What::unreachable);
    return report.error().error.message;
  }
  fs::path folder_;
  fs::path socket_;
};

TEST_F(Client, AsksOneLineAndReadsTheReport) {
  ScriptedServer server(socket_);
  server.serve({R"({"ok":true,"report":{"stat)", R"(ion":"svalbard-2"}})", "\n"});
  const auto report = ask(socket_, Request{}, kLong);
  ASSERT_TRUE(report) << report.error().error.message;
  EXPECT_EQ(std::get<StatusReport>(*report).station, "svalbard-2");
  EXPECT_EQ(server.request(), R"({"command":"status","arguments":{}})");
}

TEST_F(Client, ARefusalIsNotAnUnreachableDaemon) {
  ScriptedServer server(socket_);
  server.serve({R"({"ok":false,"error":{"kind":"config","message":"no delivery 42"}})", "\n"});
  const auto report = ask(socket_, Request{}, kLong);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, ClientError::What::refused);
  EXPECT_EQ(report.error().error.message, "no delivery 42");
}

TEST_F(Client, AMissingSocketIsNamedWithWhatToDo) {
  EXPECT_EQ(unreachable(),
            "no control socket '" + socket_.native() +
                "': start downlinkd, or name its socket with --socket or its configuration with --config");
}

TEST_F(Client, ASocketThatNobodyListensOnMeansThatDownlinkdStopped) {
  ScriptedServer server(socket_);
  server.stop_listening();
  EXPECT_EQ(unreachable(), "nobody listens on control socket '" + socket_.native() +
                               "': downlinkd has stopped; start it and look at its log");
}

TEST_F(Client, AFileThatIsNoSocketIsRefused) {
  std::ofstream(socket_) << "x";
  EXPECT_NE(unreachable().find(socket_.native()), std::string::npos);
}

TEST_F(Client, WithoutPermissionTheGroupIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may use every socket";
  const ScriptedServer server(socket_);
  ASSERT_EQ(chmod(socket_.c_str(), 0), 0);
  EXPECT_NE(unreachable().find("permission denied; join the group"), std::string::npos);
}

TEST_F(Client, APathThatIsTooLongForASocketIsRefused) {
  socket_ = folder_ / std::string(200, 'x');
  EXPECT_NE(unreachable().find("1 to 107 bytes"), std::string::npos);
}

TEST_F(Client, AnAnswerThatBreaksOffIsAnError) {
  ScriptedServer server(socket_);
  server.serve({R"({"ok":true,"repo)"});
  EXPECT_NE(unreachable().find("closed before the answer was complete"), std::string::npos);
}

TEST_F(Client, SomethingElseThatListensThereIsAnError) {
  ScriptedServer server(socket_);
  server.serve({"SSH-2.0-OpenSSH_9.2\n"});
  EXPECT_NE(unreachable().find("expected an answer of downlinkd"), std::string::npos);
}

TEST_F(Client, ADaemonThatDoesNotAcceptRunsIntoTheTimeout) {
  const ScriptedServer server(socket_);  // the connection waits in the listener's queue for ever
  EXPECT_NE(unreachable(Milliseconds(20)).find("did not answer"), std::string::npos);
}

TEST_F(Client, AListenerWhoseQueueIsFullRunsIntoTheTimeout) {
  const ScriptedServer server(socket_);
  std::vector<FileDescriptor> waiting;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_.c_str(), sizeof(address.sun_path) - 1);
  for (;;) {
    waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) break;
  }
  EXPECT_NE(unreachable(Milliseconds(50)).find("did not answer"), std::string::npos);
}

TEST_F(Client, AnAnswerWithoutEndIsCutOff) {
  ScriptedServer server(socket_);
  server.serve(std::vector<std::string>(kAnswerSizeLimitBytes / (1U << 20) + 1, std::string(1U << 20, 'x')));
  EXPECT_NE(unreachable().find("longer than"), std::string::npos);
}

}  // namespace
}  // namespace dl::control
