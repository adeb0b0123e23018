#include "spool/fault_vfs.h"

#include <fstream>
#include <iterator>
#include <new>

namespace dl::spool {

namespace {

std::string file_name(const char* path) {
  return std::filesystem::path(path).filename().string();
}

std::string content_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

// Stands in front of the real file, which lies behind it in the memory that SQLite gave.
struct FaultFile {
  sqlite3_file base{};
  FaultVfs* owner = nullptr;
  FaultVfs::Disk* disk = nullptr;  // null: not a file whose bytes matter

  static FaultFile& of(sqlite3_file* file) { return *reinterpret_cast<FaultFile*>(file); }
  static sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(FaultFile));
  }
  int judge(bool is_sync) const { return disk != nullptr && owner->judge_ ? owner->judge_(is_sync) : SQLITE_OK; }

  static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    ++of(file).owner->reads_;
    return real(file)->pMethods->xRead(real(file), out, size, offset);
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    if (const int code = of(file).judge(false); code != SQLITE_OK) return code;
    if (of(file).disk != nullptr) {
      of(file).disk->unsynced.push_back({static_cast<std::uint64_t>(offset),
                                         std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)),
                                         false});
    }
    return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = of(file).judge(false); code != SQLITE_OK) return code;
    if (of(file).disk != nullptr) of(file).disk->unsynced.push_back({static_cast<std::uint64_t>(size), {}, true});
    return real(file)->pMethods->xTruncate(real(file), size);
  }
  // The real sync is left out: nobody pulls the plug of the test machine.
  static int sync(sqlite3_file* file, int) {
    if (const int code = of(file).judge(true); code != SQLITE_OK) return code;
    if (FaultVfs::Disk* disk = of(file).disk; disk != nullptr) {
      for (const FaultVfs::Change& change : disk->unsynced) FaultVfs::apply(change, change.bytes.size(), disk->synced);
      disk->unsynced.clear();
    }
    return SQLITE_OK;
  }
  static int size(sqlite3_file* file, sqlite3_int64* out) { return real(file)->pMethods->xFileSize(real(file), out); }
  static int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
  static int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
  static int check(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
  }
  static int sector(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
  static int traits(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

  // Version 2: shared memory, but no mapped file, for a mapping would read past us.
  static constexpr sqlite3_io_methods kMethods = {
      2,        &close,  &read,   &write,   &truncate, &sync,        &size,      &lock,   &unlock, &check,
      &control, &sector, &traits, &shm_map, &shm_lock, &shm_barrier, &shm_unmap, nullptr, nullptr};
};

FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = "fault";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_->szOsFile;
  vfs_.xOpen = &FaultVfs::open;
  vfs_.xDelete = &FaultVfs::remove;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

int FaultVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* self = static_cast<FaultVfs*>(vfs->pAppData);
  auto* wrapped = new (file) FaultFile;
  wrapped->owner = self;
  const int code = self->real_->xOpen(self->real_, name, FaultFile::real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  const bool matters = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  if (matters && name != nullptr) {
    const auto [disk, is_new] = self->disk_.try_emplace(file_name(name));
    // What is there before anything is written was synced long ago.
    if (is_new) disk->second.synced = content_of(name);
    wrapped->disk = &disk->second;
  }
  wrapped->base.pMethods = &FaultFile::kMethods;
  return SQLITE_OK;
}

int FaultVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  auto* self = static_cast<FaultVfs*>(vfs->pAppData);
  self->disk_[file_name(name)] = {};
  return self->real_->xDelete(self->real_, name, sync_directory);
}

void FaultVfs::apply(const Change& change, std::size_t bytes, std::string& content) {
  if (change.is_truncation) {
    content.resize(static_cast<std::size_t>(change.offset));
    return;
  }
  const auto offset = static_cast<std::size_t>(change.offset);
  if (content.size() < offset + bytes) content.resize(offset + bytes);
  content.replace(offset, bytes, change.bytes, 0, bytes);
}

DiskImage FaultVfs::power_cut(std::mt19937& random) const {
  DiskImage image;
  for (const auto& [name, disk] : disk_) {
    std::string content = disk.synced;
    for (const Change& change : disk.unsynced) {
      switch (random() % 3) {
        case 0:
          break;  // never reached the disk
        case 1:
          apply(change, change.bytes.size(), content);
          break;
        default:
          apply(change, random() % (change.bytes.size() + 1), content);
          break;  // torn
      }
    }
    image[name] = std::move(content);
  }
  return image;
}

void FaultVfs::write(const DiskImage& image, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : image) {
    if (content.empty()) continue;
    std::ofstream(folder / name, std::ios::binary) << content;
  }
}

}  // namespace dl::spool
