// Incidents of an uploader, opened and closed in the journal; remembers which are open so that success costs nothing.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spool/journal_access.h"

namespace dl::uplink {

// Safe to use from any thread. An incident that the journal cannot take is not worth stopping a delivery for: the
// journal's own failure is reported by whoever sees it next.
class IncidentLog {
 public:
  struct Key {
    std::string kind;
    std::string subject;
    auto operator<=>(const Key&) const = default;
  };

  // The journal outlives this.
  explicit IncidentLog(spool::JournalAccess& journal) : journal_(journal) {}

  // Learns which incidents an earlier run left open.
  void load();
  void open(const std::string& kind, const std::string& subject, const std::string& message, const std::string& action);

  // For who opens or closes one in the same transaction as what it is about, so that no crash comes in between:
  // those of `keys` that are open; the journal's side of closing them; and what to remember when that is durable.
  [[nodiscard]] std::vector<Key> open_among(const std::vector<Key>& keys) const;
  static Result<void> close(spool::Journal& journal, const std::vector<Key>& keys);
  void forget(const std::vector<Key>& keys);
  void remember(Key key);

 private:
  spool::JournalAccess& journal_;
  mutable std::mutex mutex_;
  std::set<Key> open_;
};

}  // namespace dl::uplink
