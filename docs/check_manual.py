"""A manual page is clean for mandoc, and names every option and command that the program's --help names.

check_manual.py PAGE [PROGRAM]; exits 77 where there is no mandoc.
"""

import re
import shutil
import subprocess
import sys

# CLI11's help: "  -h,--help  Print ...", and below "Subcommands:" one indented name per line.
OPTION = re.compile(r"^\s+(?:-\w,)?(--[a-z][a-z0-9-]*)", re.MULTILINE)
COMMANDS = re.compile(r"^Subcommands:\n((?:  .*\n?)+)", re.MULTILINE)


def lint(page):
    run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def page_text(page):
    """The page as a terminal shows it, without overstrikes and line breaks inside of hyphenated words."""
    run = subprocess.run(["mandoc", "-T", "ascii", page], capture_output=True, text=True, check=True)
    return re.sub(r".\x08", "", run.stdout)


def help_text(program, *command):
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout


def names_of(program):
    """Every option and command that the program knows."""
    overview = help_text(program)
    listed = COMMANDS.search(overview)
    # A command that has another name too is listed as "outbox,events".
    commands = re.findall(r"^  ([^\s,]+)", listed.group(1), re.MULTILINE) if listed else []
    names = set(OPTION.findall(overview)) | set(commands)
    for command in commands:
        names |= set(OPTION.findall(help_text(program, command)))
    return names


def main(page, program=None):
    if not shutil.which("mandoc"):
        print("no mandoc on this machine")
        return 77
    problems = lint(page)
    if program:
        text = page_text(page)
        names = names_of(program)
        if "--help" not in names:
            problems += f"{program} --help was not understood\n"
        for name in sorted(names):
            if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                problems += f"{page}: '{name}', which {program} knows, is not described\n"
    print(problems or "ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
