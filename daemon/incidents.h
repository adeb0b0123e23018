// Incidents: what an operator should know or do. In the journal, and in the log when they are new.
#pragma once

#include <string>

#include "spool/journal_service.h"

namespace dl::daemon {

// Safe to use from any thread but the journal's own callbacks.
class Incidents {
 public:
  explicit Incidents(spool::JournalService& journal) : journal_(journal) {}

  // `kind` and `subject` name it: another one of both counts up the one that is open.
  void open(std::string kind, std::string subject, std::string message, std::string action);
  // The cause is gone. Nothing happens when none is open.
  void close(std::string kind, std::string subject);

 private:
  spool::JournalService& journal_;
};

}  // namespace dl::daemon
