// A folder as a destination, laid out like a bucket: a local disk, or a network share that somebody else empties.
#pragma once

#include <filesystem>
#include <string>

#include "uplink/delivery/destination.h"

namespace dl::uplink {

class Bandwidth;

struct DirectoryOptions {
  std::string name;            // of the configured destination
  std::filesystem::path path;  // made when it does not exist
  std::string object_prefix;   // no slash at either end; may be empty
  // A file without a name that gets one when it is whole (O_TMPFILE) leaves nothing behind after a crash. False, or a
  // file system that cannot do it (NFS), takes a hidden temporary beside the object.
  bool nameless_temporary = true;
  // The folder is where a share or another disk is mounted: while nothing is, nothing is written, so that no scene
  // lands in the folder below. A mount is told by its device: the same file system mounted there once more is none.
  bool require_mount = false;
  Bandwidth* bandwidth = nullptr;  // of a share at the far end of the uplink; nullptr: no limit; outlives this
};

// An object appears whole and synced or not at all, and never replaces another one. (On a file system that has neither
// hard links nor RENAME_NOREPLACE the last look before the renaming must do.) A share that does not answer is waited
// for like a server; one that is mounted "hard" holds the worker until it comes back.
class DirectoryDestination final : public Destination {
 public:
  explicit DirectoryDestination(DirectoryOptions options);
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] const std::string& location() const override { return location_; }
  // Refused: what time alone cannot heal, a folder that we may not write to, a missing mount. The generation of a file
  // is its CRC-32C in hex: it names the content, and there is only ever one.
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override;

 private:
  DirectoryOptions options_;
  std::string location_;
};

// Whether an object name stays below its folder: no empty, "." or ".." part, not absolute, no NUL.
bool is_safe_object_name(const std::string& name);

}  // namespace dl::uplink
