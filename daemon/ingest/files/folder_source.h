// Takes in every file that comes to be in a folder, each as one pass of its own. The folder stays as it is: nothing is
// moved, renamed or removed there.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "config/config.h"
#include "daemon/ingest/files/folder_listing.h"
#include "daemon/ingest/files/folder_watch.h"
#include "daemon/ingest/source.h"
#include "daemon/passes/pass_manager.h"

namespace dl::daemon {

struct FolderOptions {
  Milliseconds retry_interval{5000};  // of a folder or a file that cannot be read
  Milliseconds rescan_interval{30'000};
  // A file that was not moved into the folder counts when nobody has written to it for so long.
  Milliseconds settle_time{5000};
  std::size_t most_active_passes = 4;  // of this source: more files wait in the folder, not in the spool
};

// Which file a pass is of stands in its id: time of modification, source, and a mark made of name, size and exact time
// (FolderFile::mark). So what was taken in is known without a list of our own: never twice, and one that was
// interrupted is continued. A file that is changed afterwards is another file. One at a time is read.
class FolderSource final : public Source, public std::enable_shared_from_this<FolderSource> {
 public:
  // `blocking` lists the folder and reads the files. Everything referred to must outlive the source.
  FolderSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
               std::string station, PassManager& passes, Incidents& incidents, FolderOptions options = {});

  Result<void> start() override;
  void stop() override;
  void update(const config::Source&) override {}  // a folder has neither peers nor silence
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<FolderSource>;
  struct Input;
  // How a file was when it was looked at last.
  struct Sighting {
    FolderFile file;
    SteadyTime since{};     // since when it is so
    bool moved_in = false;  // whole: nobody writes to it
    bool taken = false;
    std::optional<SteadyTime> retry_at;  // it could not be read
    std::string error;
  };

  static asio::awaitable<void> run(Self self);
  static asio::awaitable<bool> look(Self self);
  static asio::awaitable<void> wait_for_change(Self self);
  static asio::awaitable<void> take_file(Self self, FolderFile file);
  static asio::awaitable<void> feed(Self self, FolderFile file, std::shared_ptr<Input> input);
  static asio::awaitable<void> wait_for_turn(Self self);
  static Result<Input> open_input(const std::filesystem::path& path, const FolderFile& expected);

  Result<void> watch();
  void see(const std::vector<FolderFile>& files);
  [[nodiscard]] std::optional<FolderFile> next_ready();
  [[nodiscard]] SteadyTime ready_at(const Sighting& sighting) const;
  [[nodiscard]] PassOrigin origin_of(const FolderFile& file) const;
  void folder_failed(const Error& error);
  void file_failed(const FolderFile& file, const std::string& message);
  void tell_unreadable();

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const config::Source config_;
  const std::string station_;
  PassManager& passes_;
  Incidents& incidents_;
  const FolderOptions options_;

  Signal wake_;  // something has changed
  Signal rest_;  // between two looks
  std::shared_ptr<FolderWatch> watch_;
  bool changed_ = false;  // since the last look
  bool stopping_ = false;
  std::set<std::string> moved_in_;  // names, until the next look
  std::map<std::string, Sighting> sightings_;
  std::shared_ptr<Pass> interrupted_;  // of a run before, until we know which file it is of
  std::shared_ptr<Pass> pass_;
  std::string state_ = "receiving";
  std::uint64_t bytes_ = 0;
  std::string last_error_;
  // At the start the incidents of the last run may be open.
  bool folder_told_ = true;
  bool unreadable_told_ = true;
  std::string unreadable_message_;
};

}  // namespace dl::daemon
