// Rules between the keys of sources.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/cross_rules.h"
#include "config/data_directory.h"
#include "config/nearest_name.h"
#include "config/spacecraft_profile.h"
#include "config/value.h"

namespace dl::config {
namespace {

using Names = std::vector<std::string_view>;

void check_spacecraft(const Source& source, const std::string& entry, const Names& known, Findings& findings) {
  const bool is_named = !source.spacecraft.empty() && !source.spacecraft.ends_with(".toml");
  if (!is_named || std::find(known.begin(), known.end(), source.spacecraft) != known.end()) return;
  findings.add(entry + ".spacecraft", fmt::format("expected a link profile ({}), found '{}'{}", fmt::join(known, ", "),
                                                  source.spacecraft, suggestion(source.spacecraft, known)));
}

bool share_an_address(const Source& a, const Source& b) {
  const bool listens = a.kind == SourceKind::tcp_listen || a.kind == SourceKind::udp;
  return listens && a.kind == b.kind && a.listen.port != 0 && a.listen.text() == b.listen.text();
}

void check_against_others(const std::vector<Source>& sources, std::size_t index, Findings& findings) {
  const auto& source = sources[index];
  const auto entry = entry_name("source", index);
  for (std::size_t j = 0; j < index; ++j) {
    const auto& other = sources[j];
    if (share_an_address(source, other))
      findings.add(entry + ".listen", fmt::format("expected an address that no other source listens on, found '{}' of "
                                                  "source '{}'",
                                                  source.listen.text(), other.name));
    if (source.kind == SourceKind::standard_input && other.kind == SourceKind::standard_input)
      findings.add(entry + ".kind", fmt::format("expected one source of kind \"stdin\" at most, found a second beside "
                                                "'{}'",
                                                other.name));
    if (source.kind == SourceKind::folder && other.kind == SourceKind::folder && source.path == other.path &&
        source.pattern == other.pattern)
      findings.add(entry + ".path",
                   fmt::format("expected a folder that no other source watches, found '{}' of source '{}'",
                               source.path.native(), other.name));
  }
}

// The source that `name` says, or nullptr with a finding.
const Source* named_source(const std::vector<Source>& sources, const Source& self, const std::string& name,
                           const std::string& key, Findings& findings) {
  const auto found = std::ranges::find(sources, name, &Source::name);
  if (found == sources.end()) {
    Names names;
    for (const auto& source : sources)
      if (source.name != self.name) names.push_back(source.name);
    findings.add(key, fmt::format("expected the name of another source, found '{}'{}", name, suggestion(name, names)));
    return nullptr;
  }
  if (found->name == self.name) {
    findings.add(key, fmt::format("expected the name of another source, found '{}', which is this one", name));
    return nullptr;
  }
  if (found->spacecraft != self.spacecraft)
    findings.add(key, fmt::format("expected a source of the same spacecraft ('{}'), found '{}', which receives '{}'",
                                  self.spacecraft, name, found->spacecraft));
  return &*found;
}

// The profile of a downlink, where it can be read: what is wrong with it is told elsewhere.
std::optional<link::Profile> profile_of(const Source& source, const Process& process) {
  auto directory = process.spacecraft_directory;
  if (!directory) {
    const auto found = find_data_directory(DataDirectory::spacecraft);
    if (found) directory = *found;
  }
  const auto profile = load_spacecraft_profile(source.spacecraft, {directory.value_or(std::filesystem::path())});
  return profile ? std::optional(*profile) : std::nullopt;
}

// Receptions are merged by their frames: each must have them, and they must say where they stand in a row. `source` is
// one of the receptions that `key` binds together.
void check_mergeable(const Source& source, const Process& process, const std::string& key, Findings& findings) {
  if (findings.failed(key)) return;
  const bool reads_files =
      source.kind == SourceKind::file || source.kind == SourceKind::folder || source.kind == SourceKind::standard_input;
  const auto profile = profile_of(source, process);
  if (reads_files) {
    findings.add(key, fmt::format("expected sources that receive while a pass comes down, found '{}' of kind \"{}\", "
                                  "which makes passes of its own; merge recordings with downlink-process batch",
                                  source.name, to_string(source.kind)));
  } else if (source.form == link::InputForm::packets || (profile && profile->form == link::InputForm::packets)) {
    findings.add(
        key, fmt::format("expected sources that hand over frames, found '{}', which hands over packets", source.name));
  } else if (profile && profile->has_minor_frames()) {
    findings.add(key, fmt::format("expected a spacecraft whose frames have counters, found '{}' of '{}', which sends "
                                  "minor frames: its receptions cannot be merged",
                                  source.spacecraft, source.name));
  }
}

void check_filler(const std::vector<Source>& sources, std::size_t index, const Process& process, Findings& findings) {
  const auto& source = sources[index];
  const auto key = entry_name("source", index) + ".fill_gaps_of";
  const auto* other = named_source(sources, source, source.sle.fill_gaps_of, key, findings);
  if (!other) return;
  if (!other->merge_with.empty())
    findings.add(key, fmt::format("expected a source that passes are named after, found '{}', which has merge_with = "
                                  "\"{}\"; name that one",
                                  other->name, other->merge_with));
  for (std::size_t before = 0; before < index; ++before) {
    if (sources[before].sle.fill_gaps_of != source.sle.fill_gaps_of) continue;
    findings.add(key, fmt::format("expected one source at most that fills the gaps of '{}', found a second beside '{}'",
                                  other->name, sources[before].name));
  }
  if (!source.merge_with.empty())
    findings.add(entry_name("source", index) + ".merge_with",
                 fmt::format("expected none with fill_gaps_of, found '{}'", source.merge_with));
  check_mergeable(*other, process, key, findings);
}

void check_references(const std::vector<Source>& sources, std::size_t index, const Process& process,
                      Findings& findings) {
  const auto& source = sources[index];
  const auto entry = entry_name("source", index);
  if (!source.merge_with.empty()) {
    const auto* other = named_source(sources, source, source.merge_with, entry + ".merge_with", findings);
    if (other && !other->merge_with.empty())
      findings.add(entry + ".merge_with",
                   fmt::format("expected a source that is not merged with another itself, found '{}', which has "
                               "merge_with = \"{}\"; name that one",
                               other->name, other->merge_with));
    if (other && other->kind == SourceKind::sle && !other->sle.fill_gaps_of.empty())
      findings.add(entry + ".merge_with",
                   fmt::format("expected a source that makes passes, found '{}', which fills the "
                               "gaps of '{}'",
                               other->name, other->sle.fill_gaps_of));
    check_mergeable(source, process, entry + ".merge_with", findings);
    if (other) check_mergeable(*other, process, entry + ".merge_with", findings);
  }
  if (source.kind == SourceKind::sle && !source.sle.fill_gaps_of.empty())
    check_filler(sources, index, process, findings);
}

void check_sle_times(const Sle& sle, const std::string& entry, Findings& findings) {
  const bool is_offline = sle.mode == SleMode::offline;
  const bool has_times = sle.from || sle.to;
  if (!is_offline && has_times)
    findings.add(entry + (sle.from ? ".from" : ".to"), "expected only with mode = \"offline\", found a time");
  if (!is_offline && !sle.fill_gaps_of.empty())
    findings.add(entry + ".fill_gaps_of",
                 fmt::format("expected only with mode = \"offline\", found '{}'", sle.fill_gaps_of));
  if (!is_offline) return;
  if (sle.fill_gaps_of.empty() && !(sle.from && sle.to))
    findings.add(entry + ".from", "expected both from and to, or fill_gaps_of, with mode = \"offline\", found neither");
  if (!sle.fill_gaps_of.empty() && has_times)
    findings.add(entry + (sle.from ? ".from" : ".to"), "expected none with fill_gaps_of, found a time");
  if (sle.from && sle.to && *sle.from >= *sle.to)
    findings.add(entry + ".to",
                 fmt::format("expected a time after from ({}), found {}", format_utc(*sle.from), format_utc(*sle.to)));
}

void check_sle(const Source& source, const std::string& entry, Findings& findings) {
  const auto& sle = source.sle;
  const bool needs_password = sle.authentication != SleAuthentication::none;
  if (needs_password && !sle.password_file && !findings.failed(entry + ".password_file"))
    findings.add(entry + ".password_file",
                 "expected the path of a file with our password, or authentication = \"none\", found nothing");
  if (sle.responder_password_file && sle.responder.empty())
    findings.add(entry + ".responder", "expected the provider's name with responder_password_file, found nothing");
  if (sle.service == SleService::rcf && sle.good_frames_only)
    findings.add(entry + ".good_frames_only", "expected only with service = \"raf\", found true");
  if (sle.service == SleService::raf && sle.virtual_channel)
    findings.add(entry + ".virtual_channel",
                 fmt::format("expected only with service = \"rcf\", found {}", *sle.virtual_channel));
  check_sle_times(sle, entry, findings);
}

}  // namespace

void check_sources(const Config& config, const std::vector<std::string>& spacecraft_names, Findings& findings) {
  const auto& sources = config.sources;
  if (sources.empty() && !findings.failed("source"))
    findings.add("source", "expected at least one [[source]], found none: downlinkd would have nothing to receive");
  const Names known(spacecraft_names.begin(), spacecraft_names.end());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto entry = entry_name("source", i);
    check_spacecraft(sources[i], entry, known, findings);
    check_against_others(sources, i, findings);
    check_references(sources, i, config.process, findings);
    if (sources[i].kind == SourceKind::sle) check_sle(sources[i], entry, findings);
    if (!sources[i].whole_units && sources[i].form != link::InputForm::bits)
      findings.add(entry + ".whole_units",
                   "expected true, or form = \"bits\": where other units end could not be known, found false");
    if (sources[i].kind == SourceKind::cortex && sources[i].cortex.spare_bytes % 8 != 0)
      findings.add(entry + ".spare_bytes",
                   fmt::format("expected a multiple of 8, found {}", sources[i].cortex.spare_bytes));
  }
}

}  // namespace dl::config
