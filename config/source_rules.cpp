// Rules between the keys of sources.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/cross_rules.h"
#include "config/nearest_name.h"
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

void check_references(const std::vector<Source>& sources, std::size_t index, Findings& findings) {
  const auto& source = sources[index];
  const auto entry = entry_name("source", index);
  if (!source.merge_with.empty()) {
    const auto* other = named_source(sources, source, source.merge_with, entry + ".merge_with", findings);
    if (other && !other->merge_with.empty())
      findings.add(entry + ".merge_with",
                   fmt::format("expected a source that is not merged with another itself, found '{}', which has "
                               "merge_with = \"{}\"; name that one",
                               other->name, other->merge_with));
  }
  if (source.kind == SourceKind::sle && !source.sle.fill_gaps_of.empty())
    named_source(sources, source, source.sle.fill_gaps_of, entry + ".fill_gaps_of", findings);
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
    check_references(sources, i, findings);
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
