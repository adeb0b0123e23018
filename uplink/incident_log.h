// Incidents of an uploader, opened and closed in the journal; remembers which are open so that success costs nothing.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "spool/journal_access.h"

namespace dl::uplink {

// Safe to use from any thread. An incident that the journal cannot take is not worth stopping a delivery for: the
// journal's own failure is reported by whoever sees it next.
class IncidentLog {
 public:
  // The journal outlives this.
  explicit IncidentLog(spool::JournalAccess& journal) : journal_(journal) {}

  // Learns which incidents an earlier run left open.
  void load();
  void open(const std::string& kind, const std::string& subject, const std::string& message, const std::string& action);
  void close(const std::string& kind, const std::string& subject);

 private:
  spool::JournalAccess& journal_;
  std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> open_;
};

}  // namespace dl::uplink
