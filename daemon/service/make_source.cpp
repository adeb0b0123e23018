#include "daemon/service/make_source.h"

#include <unistd.h>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "daemon/ingest/cortex/cortex_protocol.h"
#include "daemon/ingest/dial/dial_source.h"
#include "daemon/ingest/files/file_source.h"
#include "daemon/ingest/files/folder_source.h"
#include "daemon/ingest/dial/raw_protocol.h"
#include "daemon/ingest/sle/sle_gap_filler.h"
#include "daemon/ingest/sle/sle_options.h"
#include "daemon/ingest/sle/sle_source.h"
#include "daemon/ingest/dial/sp_protocol.h"
#include "daemon/ingest/files/standard_input_source.h"
#include "daemon/ingest/tcp_listen_source.h"
#include "daemon/ingest/udp/udp_source.h"

namespace dl::daemon {
namespace {

using config::SourceKind;

// Looked for when the source starts: a profile that is missing or wrong is an incident of that source alone.
using FindProfile = std::function<Result<link::Profile>()>;

FindProfile profile_finder(const config::Source& config, const SourceSettings& settings) {
  return [spacecraft = config.spacecraft, directory = settings.spacecraft_directory]() -> Result<link::Profile> {
    if (directory) return config::load_spacecraft_profile(spacecraft, {*directory});
    DL_TRY(const auto installed, config::find_data_directory(config::DataDirectory::spacecraft));
    return config::load_spacecraft_profile(spacecraft, {installed});
  };
}

std::function<Result<Unit>()> unit_of_messages(const config::Source& config, FindProfile find_profile) {
  return [config, find_profile = std::move(find_profile)]() -> Result<Unit> {
    DL_TRY(const link::Profile profile, find_profile());
    return config.whole_units ? Unit::of(profile, config.form) : Unit::of_stream(profile, config.form);
  };
}

// Of a stream of bits no profile is needed.
std::function<Result<Unit>()> unit_of_stream(const config::Source& config, FindProfile find_profile) {
  return [form = config.form, find_profile = std::move(find_profile)]() -> Result<Unit> {
    if (form == link::InputForm::bits) return Unit(form, 0);
    DL_TRY(const link::Profile profile, find_profile());
    return Unit::of_stream(profile, form);
  };
}

std::function<Result<MakeProtocol>()> raw_protocol(const config::Source& config, FindProfile find_profile) {
  return [find_unit = unit_of_stream(config, std::move(find_profile))]() -> Result<MakeProtocol> {
    DL_TRY(const Unit unit, find_unit());
    return [unit] { return std::make_unique<RawProtocol>(unit); };
  };
}

std::function<Result<MakeProtocol>()> sp_protocol(const config::Source& config, FindProfile find_profile) {
  return [config, find_profile = std::move(find_profile)]() -> Result<MakeProtocol> {
    DL_TRY(const link::Profile profile, find_profile());
    const Unit unit = config.whole_units ? Unit::of(profile, config.form) : Unit::of_stream(profile, config.form);
    const bool has_counters =
        config.form == link::InputForm::frames && profile.frame_kind == link::FrameKind::aos && !profile.extended_scid;
    const auto gaps = has_counters ? std::make_shared<FrameGaps>(profile.scid) : nullptr;
    return [unit, strip = config.strip_bytes, gaps] { return std::make_unique<SpProtocol>(unit, strip, gaps); };
  };
}

std::function<Result<MakeProtocol>()> cortex_protocol(const config::Source& config, FindProfile find_profile) {
  return [config, find_profile = std::move(find_profile)]() -> Result<MakeProtocol> {
    DL_TRY(const link::Profile profile, find_profile());
    DL_TRY(const CortexLayout layout, cortex_layout(config.cortex, profile, config.form));
    return [cortex = config.cortex, layout] { return std::make_unique<CortexProtocol>(cortex, layout); };
  };
}

std::function<Result<SleSource::Prepared>()> sle_service(const config::Source& config, FindProfile find_profile) {
  return [config, find_profile = std::move(find_profile)]() -> Result<SleSource::Prepared> {
    DL_TRY(const link::Profile profile, find_profile());
    DL_TRY(auto options, sle_user_options(config.sle));
    return SleSource::Prepared{Unit::of(profile, config.form), std::move(options)};
  };
}

}  // namespace

std::shared_ptr<Source> make_source(const SourceParts& parts, const config::Source& config,
                                    const SourceSettings& settings) {
  const auto& [io, blocking, clock, passes, incidents] = parts;
  const std::string& station = settings.station;
  const FindProfile find_profile = profile_finder(config, settings);
  const auto dial = [&](std::function<Result<MakeProtocol>()> prepare) {
    return std::make_shared<DialSource>(io, clock, config, station, passes, incidents, std::move(prepare));
  };
  switch (config.kind) {
    case SourceKind::tcp_listen:
      return std::make_shared<TcpListenSource>(io, clock, config, station, passes, incidents,
                                               TcpListenOptions{.find_unit = unit_of_stream(config, find_profile)});
    case SourceKind::tcp_dial:
    case SourceKind::osp:
      return dial(raw_protocol(config, find_profile));
    case SourceKind::nng:
      return dial(sp_protocol(config, find_profile));
    case SourceKind::udp:
      return std::make_shared<UdpSource>(io, clock, config, station, passes, incidents,
                                         unit_of_messages(config, find_profile));
    case SourceKind::file:
      return std::make_shared<FileSource>(io, blocking, config, station, passes, incidents);
    case SourceKind::folder:
      return std::make_shared<FolderSource>(io, blocking, clock, config, station, passes, incidents);
    case SourceKind::standard_input:
      return std::make_shared<StandardInputSource>(io, blocking, clock, config, station, passes, incidents,
                                                   STDIN_FILENO);
    case SourceKind::cortex:
      return dial(cortex_protocol(config, find_profile));
    case SourceKind::sle:
      if (!config.sle.fill_gaps_of.empty()) {
        return std::make_shared<SleGapFiller>(io, blocking, clock, config, passes, incidents,
                                              sle_service(config, find_profile));
      }
      return std::make_shared<SleSource>(io, blocking, clock, config, station, passes, incidents,
                                         sle_service(config, find_profile));
  }
  return nullptr;  // not reached
}

bool can_be_updated(const config::Source& running, const config::Source& wanted) {
  config::Source same = wanted;
  same.allowed_peers = running.allowed_peers;
  same.idle_timeout = running.idle_timeout;
  same.reconnect_delay_max = running.reconnect_delay_max;
  return same == running;
}

bool works_when_started(SourceKind kind) {
  return kind != SourceKind::file && kind != SourceKind::folder && kind != SourceKind::standard_input;
}

}  // namespace dl::daemon
