"""House rules that a machine can check; each message names the place and what to do instead."""

import pathlib
import re
import subprocess
import sys

SOURCE = (".h", ".cpp", ".in")
TEXT = SOURCE + (".py", ".md", ".toml", ".cmake", ".json", ".txt", ".service", "")
LONGEST_LINE = 120
LONGEST_FILE_LINES = 600

# Text that has no business in the tree, and why.
BANNED = [
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "finish it, or open an issue", SOURCE + (".py",)),
    (re.compile(r"using namespace std\b"), "name what is used", SOURCE),
    (re.compile(r"\bstd::(time|localtime|gmtime|rand)\s*\("), "use core/clock.h, or injected randomness", SOURCE),
    (re.compile(r"system_clock::now"), "only core/clock.h asks the system for the time", SOURCE),
    (re.compile(r"\bcatch \(\.\.\.\) ?\{\s*\}"), "say what is caught and what happens", SOURCE),
    (re.compile(r"GTEST_SKIP\(\);"), "a skipped test says why: GTEST_SKIP() << reason", SOURCE),
    (re.compile(r"\bDISABLED_"), "a disabled test protects nobody", SOURCE),
]
MAY_ASK_THE_TIME = {"core/clock.h"}
EXEMPT = {"tests/tidy/house_rules.py"}


def tracked_files(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False).stdout
    names = [name for name in listed.decode().split("\0") if name]
    if names:
        return names
    # A source package has no git: every file that is not a build folder's.
    return [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and "build" not in p.parts]


def check_text(name, text):
    suffix = pathlib.PurePosixPath(name).suffix
    lines = text.split("\n")
    if suffix in SOURCE or suffix == ".py":
        for number, line in enumerate(lines, 1):
            if len(line) > LONGEST_LINE:
                yield f"{name}:{number}: {len(line)} columns, at most {LONGEST_LINE}"
        if len(lines) > LONGEST_FILE_LINES:
            yield f"{name}: {len(lines)} lines, at most {LONGEST_FILE_LINES}: one idea each"
    if suffix == ".h" and "#pragma once" not in text:
        yield f"{name}: a header begins with #pragma once"
    for pattern, instead, suffixes in BANNED:
        if suffix not in suffixes or (name in MAY_ASK_THE_TIME and "clock" in instead):
            continue
        for number, line in enumerate(lines, 1):
            if pattern.search(line):
                yield f"{name}:{number}: '{pattern.search(line).group(0)}': {instead}"
    if suffix in TEXT and text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"


def main(root):
    problems = []
    for name in tracked_files(root):
        path = root / name
        if name in EXEMPT or pathlib.PurePosixPath(name).suffix not in TEXT or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problems.append(f"{name}: not UTF-8 text")
            continue
        problems.extend(check_text(name, text))
    print("\n".join(problems))
    print(f"{len(problems)} broken house rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
