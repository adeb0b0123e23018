"""Has satpy read our simulated HRPT passes, and writes down what it saw: satpy_hrpt.json.

Usage, as root: satpy_record.py DOWNLINK-SIM FOLDER

Debian's python3-satpy exchanges the flavour of libcurl that downlinkd is built with, so it is installed into a root of
its own in FOLDER (debootstrap, about 2 GB, from the mirror that apt uses) and run there. Delete FOLDER afterwards."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import satpy_pass

READER = r"""
import hashlib, json, os, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
import satpy
files, line_step, pixel_step = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
out = {"satpy": satpy.__version__}
for state, file in files.items():
    row = out[state] = {"counts_sha256": {}, "kelvin": {}}
    for band in ["1", "2", state, "4", "5"]:
        scene = satpy.Scene(reader="avhrr_l1b_hrpt", filenames=[file])
        scene.load([band], calibration="counts")
        counts = scene[band].values
        row["lines"] = counts.shape[0]
        row["start"] = str(scene[band].attrs.get("start_time", scene.start_time))
        row["counts_sha256"][band] = hashlib.sha256(counts.astype(">u2").tobytes()).hexdigest()
        if band in ("3b", "4", "5"):
            scene = satpy.Scene(reader="avhrr_l1b_hrpt", filenames=[file])
            scene.load([band], calibration="brightness_temperature")
            values = scene[band].values[::line_step, ::pixel_step]
            row["kelvin"][band] = [[None if np.isnan(v) else round(float(v), 4) for v in line] for line in values]
print(json.dumps(out))
"""


def install(root):
    if not (root / "usr/bin/python3").exists():
        subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root],
                       check=True)
        subprocess.run(["chroot", root, "apt-get", "install", "-y", "--no-install-recommends", "python3-satpy",
                        "python3-pygac"], check=True)


def main():
    downlink_sim, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    root = folder / "satpy-root"
    install(root)
    files, hashes = {}, {}
    for state in satpy_pass.STATES:
        recording = satpy_pass.make(downlink_sim, folder, state)
        hashes[state] = satpy_pass.digest(recording)
        files[state] = "/tmp/" + recording.name
        shutil.copy(recording, root / "tmp")
    (root / "tmp/orbit.tle").write_text(satpy_pass.tle())
    read = subprocess.run(["chroot", root, "/usr/bin/env", "TLES=/tmp/orbit.tle", "/usr/bin/python3", "-c", READER,
                           json.dumps(files), str(satpy_pass.LINE_STEP), str(satpy_pass.PIXEL_STEP)],
                          check=True, stdout=subprocess.PIPE, text=True)
    record = json.loads(read.stdout.splitlines()[-1])
    for state, value in hashes.items():
        record[state]["recording_sha256"] = value
    lines = []
    for key, value in record.items():
        if not isinstance(value, dict):
            lines.append("%s: %s" % (json.dumps(key), json.dumps(value)))
            continue
        members = ["    %s: %s" % (json.dumps(k), json.dumps(v)) for k, v in value.items() if k != "kelvin"]
        bands = ["      %s: [\n%s]" % (json.dumps(b), ",\n".join("        " + json.dumps(v) for v in rows))
                 for b, rows in value["kelvin"].items()]
        members.append('    "kelvin": {\n%s}' % ",\n".join(bands))
        lines.append("%s: {\n%s}" % (json.dumps(key), ",\n".join(members)))
    satpy_pass.RECORD.write_text("{\n  " + ",\n  ".join(lines) + "\n}\n")
    print("wrote", satpy_pass.RECORD)


if __name__ == "__main__":
    main()
