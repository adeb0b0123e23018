"""docs/uplink-faults.md has the sixty faults, each with tests that exist; no test of tests/fault is missing from it.

check_faults.py SOURCE_DIRECTORY. Names are looked up in the sources, so that nothing need be built. In the table they
are `program.Suite.Case`, for a TEST_P `program.Instance/Suite.Case/Parameter` (ctest's names; instance and parameter
may be left out together), and for a script that ctest runs as a whole `ctest.name Class.method`.
"""

import ast
import pathlib
import re
import sys

FAULTS = 60
ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")
GOOGLE_TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", re.MULTILINE)
INSTANCE = re.compile(r"INSTANTIATE_TEST_SUITE_P\((\w+),\s*(\w+),")
PROGRAM = re.compile(r"\bdl_(?:test|program)\(\s*(\w+)\s+SOURCES\s+([^)]*?)\s+(?:USES|LABELS)\b")
SCRIPT_FUNCTION = re.compile(r"function\((dl_\w+_test) name\)\s*dl_script_test\((\w+)\.\$\{name\}")
SCRIPT = re.compile(r"\bdl_script_test\(\s*([\w.]+)\s+COMMAND\s+([^)]*)")


class Program:
    """Of GoogleTest cases: what its sources say."""

    def __init__(self, paths):
        self.text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
        self.cases = {".".join(match) for match in GOOGLE_TEST.findall(self.text)}
        self.instances = set(INSTANCE.findall(self.text))

    def has(self, name):
        """`name`: Suite.Case, or Instance/Suite.Case/Parameter."""
        parts = name.split("/")
        if len(parts) == 1:
            return name in self.cases
        if len(parts) != 3:
            return False
        instance, case, parameter = parts
        stated = f'"{parameter}"' in self.text or parameter.isdigit()
        return case in self.cases and (instance, case.split(".")[0]) in self.instances and stated


class Script:
    """Of Python's unittest."""

    def __init__(self, path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.cases = {f"{each.name}.{part.name}" for each in tree.body if isinstance(each, ast.ClassDef)
                      for part in each.body if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")}

    def has(self, name):
        return name in self.cases


def find_tests(root):
    """{name of a program: Program}, {name of a ctest that runs as a whole: Script or Program}"""
    programs, scripts = {}, {}
    folders = [root / name for name in ("uplink", "spool", "daemon", "tests")]
    listings = [path for folder in folders for path in folder.rglob("CMakeLists.txt")]
    for path in listings:
        text = path.read_text(encoding="utf-8")
        for name, sources in PROGRAM.findall(text):
            programs[name] = Program([path.parent / source for source in sources.split()])
        for function, prefix in SCRIPT_FUNCTION.findall(text):
            for name in re.findall(rf"^{function}\((\w+)\)", text, re.MULTILINE):
                scripts[f"{prefix}.{name}"] = Script(path.parent / f"{name}_test.py")
        for name, command in SCRIPT.findall(text):
            if match := re.search(r"\$\{CMAKE_CURRENT_SOURCE_DIR\}/(\w+\.py)", command):
                scripts[name] = Script(path.parent / match[1])
            elif match := re.search(r"\$<TARGET_FILE:(\w+)>", command):
                scripts[name] = programs[match[1]]
    return programs, scripts


def exists(name, programs, scripts):
    script, _, case = name.partition(" ")
    if case:
        return script in scripts and scripts[script].has(case)
    program, _, case = name.partition(".")
    return program in programs and programs[program].has(case)


def main(root):
    programs, scripts = find_tests(root)
    page = (root / "docs/uplink-faults.md").read_text(encoding="utf-8")
    rows = ROW.findall(page)
    problems = []
    if [int(number) for number, _ in rows] != list(range(1, FAULTS + 1)):
        problems.append(f"expected the rows 1 to {FAULTS} in order, found {[int(number) for number, _ in rows]}")
    named = set()
    for number, row in rows:
        cells = row.split(" | ")
        names = NAME.findall(cells[2]) if len(cells) == 4 else []
        if len(cells) != 4 or not names:
            problems.append(f"row {number}: expected fault, injection, tests and what happens, with a test at least")
        problems += [f"row {number}: there is no test '{name}'" for name in names
                     if not exists(name, programs, scripts)]
        named.update(names)
    for name, script in scripts.items():
        if name.startswith("fault."):
            problems += [f"no row names '{name} {case}'" for case in sorted(script.cases)
                         if f"{name} {case}" not in named]
    print("\n".join(problems) or f"{len(rows)} faults, {len(named)} tests")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
