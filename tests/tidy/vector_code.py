#!/usr/bin/python3
"""Vector instructions stand only in the kernels that are chosen by processor: the rest runs on any x86-64 machine.

    vector_code.py LIBRARY.a ...

Reads the machine code. AVX may stand in objects named *_avx2* or *_avx512*, and there in no function that the linker
could take for everybody (weak symbols: inline functions and templates of headers).
"""

import re
import subprocess
import sys

OBJECT = re.compile(r"^(\S+\.o):\s+file format")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
# VEX and EVEX mnemonics begin with v; verr and verw are older.
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(v[a-z]\w+)")


def weak_functions(library):
    """Of each object in the library."""
    weak, current = {}, None
    for line in subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(".o:"):
            current = weak.setdefault(line[:-1], set())
        elif current is not None and re.search(r" [WVu] ", line):
            current.add(line.split()[-1])
    return weak


def offenders(library):
    weak = weak_functions(library)
    code = subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", library], stdout=subprocess.PIPE, text=True)
    found, name, function, functions = [], "", "", 0
    for line in code.stdout:
        if match := OBJECT.match(line):
            name = match[1]
        elif match := FUNCTION.match(line):
            function, functions = match[1], functions + 1
        elif (match := INSTRUCTION.match(line)) and match[1] not in ("verr", "verw"):
            kernel = re.search(r"_avx2|_avx512", name) is not None
            if not kernel or function in weak.get(name, ()):
                found.append(f"{library}({name}): {function} has '{match[1]}'")
                function = ""
    if code.wait() != 0 or functions == 0:
        sys.exit(f"'{library}' cannot be read")
    return [line for line in found if "):  has" not in line]


def main():
    found = [line for library in sys.argv[1:] for line in offenders(library)]
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
