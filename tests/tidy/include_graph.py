"""The include graph of DESIGN section 3: which folder may use which, and which library of others it may use.

Run with the source folder as argument; prints every include that breaks a rule and exits 1 when there is one.
"""

import pathlib
import re
import sys

# Folder -> folders it may include. A folder may always include itself.
FOLDERS = {
    "core": set(),
    "link": {"core"},
    "recording": {"core"},
    "calibrate": {"core"},
    "decoders": {"core", "link", "calibrate"},
    "scene": {"core", "calibrate"},
    "spool": {"core"},
    "uplink": {"core", "spool"},
    "config": {"core", "link"},  # link: the profile struct that config/spacecraft_profile fills
    "daemon/control": {"core"},
    "daemon": {"core", "config", "spool", "uplink", "daemon/control", "recording", "link"},
    "process": {"core", "config", "link", "decoders", "calibrate", "scene", "recording"},
    "tools": None,  # what each needs
    "tests": None,
}

# A library's header prefix -> the only folders that may include it (tests are free).
LIBRARIES = {
    r"gdal.*|ogr.*|cpl_.*|vrtdataset.*": {"scene"},
    r"zstd\.h": {"scene"},
    r"sqlite3\.h": {"spool"},
    r"curl/.*": {"uplink"},
    r"pugixml\.hpp": {"uplink", "decoders"},
    r"bzlib\.h": {"decoders"},
    r"openssl/.*": {"core", "uplink"},
    r"toml\+\+/.*": {"config"},
    r"erfa\.h": {"calibrate"},
    r"libaec\.h": {"decoders"},
    r"boost/.*": {"daemon"},
    r"systemd/.*": {"daemon"},
    r"seccomp\.h": {"process"},
    r"CLI/.*": {"tools", "process", "daemon"},
    r"spdlog/.*": {"daemon", "process", "tools"},
    r"nlohmann/.*": {"calibrate", "decoders", "scene", "spool", "uplink", "daemon/control", "daemon", "process",
                     "tools", "recording", "config"},
}
# Where nlohmann/json may be included (docs/decisions/0001).
JSON_FILES = re.compile(r"(\.cpp|_json\.h)$")

# Only decoders/<instrument>/ files of the same instrument see each other; simulators include encoders from tools.
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def folder_of(path):
    """The row of FOLDERS that a source path (relative, posix) belongs to."""
    for folder in sorted(FOLDERS, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def library_rule(header):
    for pattern, folders in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            return folders
    return None


def instrument_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "decoders" and len(parts) > 2 else None


def check_file(path, text):
    """Yields one sentence per broken rule in the file at `path`."""
    folder = folder_of(path)
    is_test = path.endswith("_test.cpp") or folder == "tests" or "/testing/" in path
    for quote, header in INCLUDE.findall(text):
        if quote == '"':
            target = folder_of(header)
            if target is None:
                yield f'{path}: "{header}" is in no folder of the project; include from the root'
                continue
            allowed = FOLDERS[folder]
            if not is_test and allowed is not None and target != folder and target not in allowed:
                yield f'{path}: {folder} may not include {target} ("{header}")'
            mine, theirs = instrument_of(path), instrument_of(header)
            if mine and theirs and mine != theirs:
                yield f"{path}: a decoder may not include another decoder ({header})"
        else:
            folders = library_rule(header)
            if folders is not None and not is_test and folder not in folders:
                yield f"{path}: {folder} may not use <{header}>; only {', '.join(sorted(folders))} may"
            if header.startswith("nlohmann/") and not JSON_FILES.search(path):
                yield f"{path}: <{header}> belongs in a .cpp file or a header that ends in _json.h"


def source_files(root):
    for folder in FOLDERS:
        for pattern in ("*.h", "*.cpp", "*.h.in", "*.cpp.in"):
            for path in sorted((root / folder).rglob(pattern)):
                relative = path.relative_to(root).as_posix()
                if folder_of(relative) == folder:
                    yield relative, path


def main(root):
    files = list(source_files(root))
    problems = [problem for relative, path in files for problem in check_file(relative, path.read_text())]
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} broken rules")
    if not files:
        print("found no source files: wrong folder?")
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
