"""systemd-analyze verify on the units, with what they start replaced by what the build made.

`verify` exits 0 on unknown keys, so its standard error must be empty too. Exits 77 where there is no systemd-analyze.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile


def verify(unit, program):
    """What systemd-analyze has to say about a copy of `unit` that starts `program`."""
    text = unit.read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.startswith("Exec") and "/downlinkd" in value:
            line = f"{key}={program} {value.partition(' ')[2]}"
        lines.append(line)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / unit.name
        copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # --man=no: the manual pages are installed with the unit, not before.
        run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True,
                             check=False)
    return run.returncode, run.stderr


def main(unit, program):
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze on this machine")
        return 77
    code, said = verify(unit, program)
    if code == 0 and not said:
        # A verifier that accepts anything would prove nothing.
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / unit.name
            broken.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchdogSeconds="))
            code, complaint = verify(broken, program)
        if not complaint:
            print("systemd-analyze accepted an unknown key: the check proves nothing here")
            return 1
        print("ok")
        return 0
    print(f"systemd-analyze verify exited {code}:\n{said}")
    return 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
