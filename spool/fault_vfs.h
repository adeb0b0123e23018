// For tests: SQLite's file layer with faults in it. It fails operations on demand, and it remembers which bytes were
// synced, so that it can say what a power cut at any moment would have left on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace dl::spool {

// What a power cut left: file name -> content.
using DiskImage = std::map<std::string, std::string>;

// While it lives it is the default VFS; connections opened through it must be closed before it goes. Everything goes
// through to the real files; the page cache of the operating system is not involved in what power_cut() says.
// "Operations" are the writes, syncs and truncations of database, journal and write-ahead log files.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Asked before every operation: an SQLite code makes it fail without doing anything, SQLITE_OK lets it through.
  using Judge = std::function<int(bool is_sync)>;
  void set_judge(Judge judge) { judge_ = std::move(judge); }

  // The disk after a power cut now: what was synced, plus any part of what was written since, for a drive writes
  // in its own order.
  DiskImage power_cut(std::mt19937& random) const;

  [[nodiscard]] std::uint64_t reads() const { return reads_; }
  // An image becomes files.
  static void write(const DiskImage& image, const std::filesystem::path& folder);

 private:
  friend struct FaultFile;
  struct Change {
    std::uint64_t offset = 0;  // truncations: the new size
    std::string bytes;
    bool is_truncation = false;
  };
  struct Disk {
    std::string synced;
    std::vector<Change> unsynced;
  };
  static void apply(const Change& change, std::size_t bytes, std::string& content);

  sqlite3_vfs vfs_{};
  sqlite3_vfs* real_;
  Judge judge_;
  std::uint64_t reads_ = 0;
  std::map<std::string, Disk> disk_;

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);
};

}  // namespace dl::spool
