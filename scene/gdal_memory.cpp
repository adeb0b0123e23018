#include "scene/gdal_memory.h"

#include <atomic>
#include <mutex>
#include <new>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_frmts.h>

namespace dl::scene::gdal {

namespace {

constexpr std::size_t kMaxSide = 1 << 24;  // of an image, in pixels

// GDAL's cache of decoded blocks; its default is 5 % of the machine. Overviews of a scene pass through it.
constexpr GIntBig kBlockCacheBytes = 64 << 20;

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Compression threads have no handler of their own and would write to standard error.
    CPLSetErrorHandler(CPLQuietErrorHandler);
    // Not GDALAllRegister(): it loads 100 drivers and plug-ins for the three that are used.
    GDALRegister_GTiff();
    GDALRegister_COG();
    GDALRegister_PNG();
    GDALRegister_MEM();
    GDALSetCacheMax64(kBlockCacheBytes);
  });
}

// Collects GDAL's errors of this thread while it lives.
class ErrorTrap {
 public:
  ErrorTrap() { CPLPushErrorHandlerEx(&ErrorTrap::take, this); }
  ~ErrorTrap() { CPLPopErrorHandler(); }
  ErrorTrap(const ErrorTrap&) = delete;
  ErrorTrap& operator=(const ErrorTrap&) = delete;

  [[nodiscard]] bool failed() const { return !text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static void take(CPLErr level, CPLErrorNum, const char* text) {
    auto& trap = *static_cast<ErrorTrap*>(CPLGetErrorHandlerUserData());
    // The first is the cause; the others follow from it.
    if (level >= CE_Failure && trap.text_.empty())
      trap.text_ = text == nullptr || *text == '\0' ? "no reason given" : text;
  }
  std::string text_;
};

// A name in GDAL's memory file system, which the whole process shares.
class MemoryFile {
 public:
  MemoryFile() {
    static std::atomic<std::uint64_t> next{0};
    path_ = fmt::format("/vsimem/downlinkd-{}", next++);
  }
  ~MemoryFile() {
    VSIUnlink(path_.c_str());
    VSIUnlink((path_ + ".aux.xml").c_str());
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] const char* path() const { return path_.c_str(); }
  [[nodiscard]] Result<EncodedFile> take() const {
    vsi_l_offset size_bytes = 0;
    GByte* bytes = VSIGetMemFileBuffer(path_.c_str(), &size_bytes, TRUE);
    if (bytes == nullptr) return fail(ErrorKind::io, "GDAL wrote nothing");
    return EncodedFile(bytes, static_cast<std::size_t>(size_bytes), &VSIFree);
  }

 private:
  std::string path_;
};

Result<void> add_band(GDALDataset& dataset, GDALDataType type, const MemoryBand& band) {
  // The driver takes a pointer as text, and has no way to be told that it is only read.
  char pointer[64] = {};
  CPLPrintPointer(pointer, const_cast<Byte*>(band.samples), sizeof pointer - 1);
  CPLStringList options;
  options.SetNameValue("DATAPOINTER", pointer);
  options.SetNameValue("PIXELOFFSET", fmt::format("{}", band.pixel_stride).c_str());
  options.SetNameValue("LINEOFFSET", fmt::format("{}", band.line_stride).c_str());
  if (dataset.AddBand(type, options.List()) != CE_None) {
    return fail(ErrorKind::permanent, fmt::format("GDAL refused a band in memory: {}", CPLGetLastErrorMsg()));
  }
  return {};
}

// Configuration options of this thread, while it lives.
class ThreadSettings {
 public:
  explicit ThreadSettings(const std::vector<std::string>& settings) {
    for (const std::string& setting : settings) {
      const std::size_t equals = setting.find('=');
      names_.push_back(setting.substr(0, equals));
      CPLSetThreadLocalConfigOption(names_.back().c_str(), setting.substr(equals + 1).c_str());
    }
  }
  ~ThreadSettings() {
    for (const std::string& name : names_) CPLSetThreadLocalConfigOption(name.c_str(), nullptr);
  }
  ThreadSettings(const ThreadSettings&) = delete;
  ThreadSettings& operator=(const ThreadSettings&) = delete;

 private:
  std::vector<std::string> names_;
};

Failure driver_failure(const char* driver_name, const ErrorTrap& trap) {
  // The reference system of the ground control points is looked up there.
  const bool projection = trap.text().find("PROJ") != std::string::npos;
  return fail(ErrorKind::io, fmt::format("GDAL's {} driver failed: {}{}", driver_name, trap.text(),
                                         projection ? "; is the file 'proj.db' of Debian's proj-data readable?" : ""));
}

}  // namespace

Result<Dataset> make_memory_dataset(std::size_t width, std::size_t height, GDALDataType type,
                                    const std::vector<MemoryBand>& bands) {
  initialise();
  if (width == 0 || height == 0 || width > kMaxSide || height > kMaxSide) {
    return fail(ErrorKind::permanent, fmt::format("an image of {} x {} pixels cannot be written", width, height));
  }
  const ErrorTrap trap;
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("MEM");
  Dataset dataset(driver->Create("", static_cast<int>(width), static_cast<int>(height), 0, type, nullptr));
  if (dataset == nullptr) return fail(ErrorKind::permanent, fmt::format("GDAL made no dataset: {}", trap.text()));
  for (const MemoryBand& band : bands) DL_CHECK(add_band(*dataset, type, band));
  return dataset;
}

Result<EncodedFile> encode(GDALDataset& source, const char* driver_name, const std::vector<std::string>& options,
                           const std::vector<std::string>& settings) {
  initialise();
  CPLStringList list;
  for (const std::string& option : options) list.AddString(option.c_str());
  const ThreadSettings in_force(settings);
  const ErrorTrap trap;
  const MemoryFile file;
  try {
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(driver_name);
    Dataset copy(driver->CreateCopy(file.path(), &source, FALSE, list.List(), nullptr, nullptr));
    if (copy == nullptr) return driver_failure(driver_name, trap);
    copy.reset();  // writes the rest; failures of it show in the trap only
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::exhausted, fmt::format("no memory left for GDAL's {} driver", driver_name));
  }
  if (trap.failed()) return driver_failure(driver_name, trap);
  return file.take();
}

}  // namespace dl::scene::gdal
