"""Every kind of incident that the program can open is explained in docs/operating.md, and no other.

check_incidents.py SOURCE_DIRECTORY. Kinds are found where the code names them; a new way of naming one belongs in KIND.
"""

import pathlib
import re
import sys

KIND = re.compile(
    r'(?:\bopen|\bopen_incident|\bsend_incident|\brefuse)\(\s*(?:socket,\s*)?"([a-z_]+)"'  # x.open("kind"
    r'|\bk\w*Kind = "([a-z]+_[a-z_]+)"'  # constexpr const char* kCrashKind = "kind"
    r'|\breturn \{+"([a-z]+_[a-z_]+)",\n'  # {kind, …} of a struct, its texts on the next lines
    r'|\breturn \{"[a-z]+", "([a-z]+_[a-z_]+)",')  # {why it is parked, kind, …}
EXPLAINED = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)


def kinds_in_code(root):
    kinds = {}
    for folder in ("daemon", "uplink", "process", "spool"):
        for path in sorted((root / folder).rglob("*.cpp")):
            if path.stem.endswith("_test") or "control" in path.parts:
                continue
            for match in KIND.finditer(path.read_text(encoding="utf-8")):
                kinds.setdefault(next(kind for kind in match.groups() if kind), path.relative_to(root))
    return kinds


def main(root):
    used = kinds_in_code(root)
    guide = (root / "docs/operating.md").read_text(encoding="utf-8")
    explained = set(EXPLAINED.findall(guide.partition("\n## Incidents\n")[2].partition("\n## ")[0]))
    problems = [f"{path}: incident '{kind}' is not explained in docs/operating.md" for kind, path in used.items()
                if kind not in explained]
    problems += [f"docs/operating.md: nothing opens an incident '{kind}'" for kind in sorted(explained - set(used))]
    if not used:
        problems.append("no incident was found in the code: this check is broken")
    print("\n".join(problems) or f"{len(used)} kinds of incidents are explained")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
