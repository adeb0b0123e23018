// Whether everything is still what the journal says: the files in the spool, and the objects at the destinations.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/control/report.h"
#include "daemon/service/remote_check.h"
#include "spool/journal.h"

namespace dl::daemon {

// Reads the file of a delivery from the disk and compares; "" when it is what the journal says. Blocks.
std::string problem_of_file(const spool::Delivery& delivery);

// Goes through the deliveries in pages. Files are read once, however many destinations they go to.
class SpoolVerification {
 public:
  // More than this is a disk to be replaced, not a list to be read.
  static constexpr std::size_t kMostMismatches = 1000;

  // `scene_id` empty: all. `remote`: by destination, those whose confirmed objects are asked for.
  SpoolVerification(std::string scene_id, std::map<std::string, RemoteCheck> remote)
      : scene_id_(std::move(scene_id)), remote_(std::move(remote)) {}

  struct Page {
    std::vector<spool::Delivery> deliveries;  // empty: there are no more
    std::set<std::string> without_folder;     // scenes that are not in the spool any more
  };
  // A job for the journal.
  Result<Page> next_page(spool::Journal& journal) const;
  // Blocks while it hashes. `keep_going` is asked before every file.
  void verify(const Page& page, const std::function<bool()>& keep_going);

  [[nodiscard]] bool full() const { return report.mismatches.size() >= kMostMismatches; }
  // Scenes with a file that is not what it should be.
  [[nodiscard]] const std::map<std::string, std::string>& rotten_scenes() const { return rotten_; }

  control::VerifyReport report;

 private:
  void read_file(const spool::Delivery& delivery);
  void ask_destination(const spool::Delivery& delivery);

  std::string scene_id_;
  std::map<std::string, RemoteCheck> remote_;
  std::int64_t after_ = 0;
  std::set<std::string> scenes_;
  std::set<std::string> read_;  // files of the scene that the last delivery was of
  std::string read_scene_;
  std::map<std::string, std::string> rotten_;  // scene -> what is wrong
};

}  // namespace dl::daemon
