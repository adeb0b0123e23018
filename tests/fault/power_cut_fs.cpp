// For tests: a mounted file system that loses, at a chosen moment, everything that was not synced.
//
//   power_cut_fs MOUNTPOINT --save FOLDER [--load FOLDER] [--cut-at N] [--lottery SEED] [--read-only-at N]
//
// Counts what changes the disk (create, write, truncate, rename, link, remove, fsync). With --cut-at the n-th of them
// and everything after it fails with EIO, as on a disk without power, and what the cut left is written to --save.
// Without one the cut comes at the end, when it is unmounted. Prints "ready", "cut", and at the end "operations N".
#define FUSE_USE_VERSION 31
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/fault/power_cut_disk.h"

namespace {

using dl::test::PowerCutDisk;

struct Mount {
  PowerCutDisk disk;
  std::filesystem::path save;
  std::uint64_t cut_at = 0;        // 0: at the end
  std::uint64_t read_only_at = 0;  // 0: never
  std::optional<std::mt19937> lottery;
  std::uint64_t operations = 0;
  bool dead = false;

  void cut() {
    if (dead) return;
    dead = true;
    disk.save_after_power_cut(save, lottery ? &*lottery : nullptr);
    std::puts("cut");
    std::fflush(stdout);
  }
  // Before everything that changes the disk.
  int change() {
    if (dead) return -EIO;
    if (++operations == cut_at) cut();
    if (dead) return -EIO;
    return read_only_at != 0 && operations >= read_only_at ? -EROFS : 0;
  }
};

Mount& mount() {
  static Mount instance;
  return instance;
}

#define RETURN_IF_ERROR(expression) \
  if (const int error = (expression); error != 0) return error

int find(const char* path, const fuse_file_info* info, PowerCutDisk::Inode& inode) {
  if (mount().dead) return -EIO;
  if (info != nullptr && info->fh != 0) {
    inode = info->fh;
    return 0;
  }
  return mount().disk.lookup(path, inode);
}

int get_attributes(const char* path, struct stat* out, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  std::memset(out, 0, sizeof *out);
  const bool folder = mount().disk.is_folder(inode);
  out->st_ino = inode;
  out->st_mode = static_cast<mode_t>(folder ? S_IFDIR | 0755 : S_IFREG | 0644);
  out->st_nlink = folder ? 2 : 1;
  out->st_uid = getuid();
  out->st_gid = getgid();
  out->st_size = folder ? 4096 : static_cast<off_t>(mount().disk.size_bytes(inode));
  out->st_blocks = (out->st_size + 511) / 512;
  return 0;
}

int open_folder(const char* path, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, nullptr, inode));
  info->fh = inode;
  return 0;
}

int list(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info* info, fuse_readdir_flags) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  for (const char* name : {".", ".."}) fill(buffer, name, nullptr, 0, fuse_fill_dir_flags{});
  for (const std::string& name : mount().disk.names(inode)) {
    fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
  }
  return 0;
}

int open_file(const char* path, fuse_file_info* info) {
  info->fh = 0;
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, nullptr, inode));
  info->fh = inode;
  if ((info->flags & O_TRUNC) != 0 && mount().disk.size_bytes(inode) > 0) {
    RETURN_IF_ERROR(mount().change());
    mount().disk.truncate(inode, 0);
  }
  return 0;
}

int create_file(const char* path, mode_t, fuse_file_info* info) {
  RETURN_IF_ERROR(mount().change());
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(mount().disk.create(path, inode));
  info->fh = inode;
  return 0;
}

int read_file(const char* path, char* out, std::size_t size, off_t offset, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  const std::string bytes = mount().disk.read(inode, static_cast<std::uint64_t>(offset), size);
  std::memcpy(out, bytes.data(), bytes.size());
  return static_cast<int>(bytes.size());
}

int write_file(const char* path, const char* bytes, std::size_t size, off_t offset, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  RETURN_IF_ERROR(mount().change());
  mount().disk.write(inode, static_cast<std::uint64_t>(offset), {bytes, size});
  return static_cast<int>(size);
}

int truncate_file(const char* path, off_t size, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  RETURN_IF_ERROR(mount().change());
  mount().disk.truncate(inode, static_cast<std::uint64_t>(size));
  return 0;
}

// Space that is set aside holds zeros; only the default mode and "keep size" are asked for.
int allocate(const char* path, int mode, off_t offset, off_t length, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  if (mode != 0) return -EOPNOTSUPP;
  const auto end = static_cast<std::uint64_t>(offset + length);
  if (mount().disk.size_bytes(inode) >= end) return 0;
  return truncate_file(path, static_cast<off_t>(end), info);
}

int sync_file(const char* path, int, fuse_file_info* info) {
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(find(path, info, inode));
  RETURN_IF_ERROR(mount().change());
  mount().disk.sync(inode);
  return 0;
}

int make_folder(const char* path, mode_t) {
  RETURN_IF_ERROR(mount().change());
  return mount().disk.make_folder(path);
}
int remove_file(const char* path) {
  RETURN_IF_ERROR(mount().change());
  return mount().disk.remove(path);
}
int remove_folder(const char* path) {
  RETURN_IF_ERROR(mount().change());
  return mount().disk.remove_folder(path);
}
int rename_entry(const char* from, const char* to, unsigned flags) {
  RETURN_IF_ERROR(mount().change());
  if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) return -EINVAL;
  return mount().disk.rename(from, to, (flags & RENAME_NOREPLACE) == 0);
}
int link_file(const char* from, const char* to) {
  RETURN_IF_ERROR(mount().change());
  PowerCutDisk::Inode inode = 0;
  RETURN_IF_ERROR(mount().disk.lookup(from, inode));
  return mount().disk.link(inode, to);
}
int accept_mode(const char*, mode_t, fuse_file_info*) {
  return 0;
}
int accept_times(const char*, const timespec*, fuse_file_info*) {
  return 0;
}
int statistics(const char*, struct statvfs* out) {
  std::memset(out, 0, sizeof *out);
  out->f_bsize = out->f_frsize = 4096;
  out->f_blocks = out->f_bfree = out->f_bavail = (std::uint64_t{8} << 30) / 4096;
  out->f_namemax = 255;
  return 0;
}

void* begin(fuse_conn_info*, fuse_config* config) {
  config->hard_remove = 1;  // an open file without a name lives on by its handle
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  std::puts("ready");
  std::fflush(stdout);
  return nullptr;
}
void end(void*) {
  mount().cut();
  std::printf("operations %llu\n", static_cast<unsigned long long>(mount().operations));
  std::fflush(stdout);
}

fuse_operations operations() {
  fuse_operations all{};
  all.getattr = get_attributes;
  all.opendir = open_folder;
  all.readdir = list;
  all.open = open_file;
  all.create = create_file;
  all.read = read_file;
  all.write = write_file;
  all.truncate = truncate_file;
  all.fallocate = allocate;
  all.fsync = sync_file;
  all.fsyncdir = sync_file;
  all.mkdir = make_folder;
  all.unlink = remove_file;
  all.rmdir = remove_folder;
  all.rename = rename_entry;
  all.link = link_file;
  all.chmod = accept_mode;
  all.utimens = accept_times;
  all.statfs = statistics;
  all.init = begin;
  all.destroy = end;
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::string mountpoint;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    if (argument == "--save") {
      mount().save = value();
    } else if (argument == "--load") {
      mount().disk.load(value());
    } else if (argument == "--cut-at") {
      mount().cut_at = std::stoull(value());
    } else if (argument == "--read-only-at") {
      mount().read_only_at = std::stoull(value());
    } else if (argument == "--lottery") {
      mount().lottery.emplace(static_cast<std::mt19937::result_type>(std::stoul(value())));
    } else {
      mountpoint = argument;
    }
  }
  if (mountpoint.empty() || mount().save.empty()) {
    std::fputs(
        "usage: power_cut_fs MOUNTPOINT --save FOLDER [--load FOLDER] [--cut-at N] [--lottery SEED] "
        "[--read-only-at N]\n",
        stderr);
    return 2;
  }
  // Foreground, one thread: operations have one order, and the same run has the same numbers.
  std::string program = argv[0];
  std::string foreground = "-f";
  std::string single = "-s";
  char* arguments[] = {program.data(), foreground.data(), single.data(), mountpoint.data(), nullptr};
  const fuse_operations all = operations();
  return fuse_main(4, arguments, &all, nullptr);
}
