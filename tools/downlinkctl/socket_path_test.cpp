#include "tools/downlinkctl/socket_path.h"

#include <gtest/gtest.h>

#include <fstream>

namespace dl::downlinkctl {
namespace {

namespace fs = std::filesystem;

class SocketPath : public ::testing::Test {
 protected:
  void SetUp() override {
    // Of this test alone: others of this class run at the same time.
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("dl_socket_path_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    choice_.usual = {folder_ / "first.sock", folder_ / "second.sock"};
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  fs::path folder_;
  SocketChoice choice_;
};

TEST_F(SocketPath, TheCommandLineComesFirstThenTheConfigurationThenTheEnvironment) {
  choice_.environment = "/from/environment";
  EXPECT_EQ(choose_socket(choice_).value(), "/from/environment");
  choice_.config_file = write("d.toml", "[general]\nspool_directory = \"spool\"\n");
  EXPECT_EQ(choose_socket(choice_).value(), folder_ / "spool/control.sock");
  choice_.socket = "/from/command-line";
  EXPECT_EQ(choose_socket(choice_).value(), "/from/command-line");
}

TEST_F(SocketPath, OfTheUsualPlacesTheFirstThatExistsIsTaken) {
  EXPECT_EQ(choose_socket(choice_).value(), folder_ / "first.sock");
  write("second.sock", "");
  EXPECT_EQ(choose_socket(choice_).value(), folder_ / "second.sock");
}

TEST_F(SocketPath, ABadConfigurationFileIsNamedWithThePlaceOfTheMistake) {
  choice_.config_file = write("d.toml", "[general]\ncontrol_socket = 7\n");
  const auto socket = choose_socket(choice_);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().message,
            (folder_ / "d.toml").native() + ":2:18: general.control_socket: expected a path, found the whole number 7");
}

}  // namespace
}  // namespace dl::downlinkctl
