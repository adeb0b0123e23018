// What S3 servers keep of uploads whose scene was dropped: parts, billed until somebody gives them up.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service/uplink.h"

namespace dl::daemon {

// Uploads of these scenes that a server knows of, with their sessions: a drop forgets them, so ask before. A job for
// the journal.
Result<std::vector<spool::Delivery>> uploads_begun(spool::Journal& journal, const std::vector<std::string>& scene_ids);

// Gives up those of them that have been dropped since and whose destination is of kind s3, when its workers have let go
// of them. Best effort: what fails is logged, and left to the bucket's lifecycle rule. Blocks for at most about ten
// minutes, and no longer than `keep_going`. The destinations' engines may be stopped meanwhile.
void give_up_left_uploads(const std::vector<spool::Delivery>& begun,
                          const std::vector<std::shared_ptr<Uplink::Destination>>& destinations,
                          spool::JournalAccess& journal, const UplinkShared& shared,
                          const std::function<bool()>& keep_going);

}  // namespace dl::daemon
