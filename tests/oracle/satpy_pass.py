"""The NOAA-19 HRPT passes that satpy has read (satpy_record.py) and that ours is compared on (satpy_test.py)."""

import hashlib
import pathlib
import subprocess

RECORD = pathlib.Path(__file__).parent / "satpy_hrpt.json"
ADDRESS = 15
START = "2012-06-15T11:10:00Z"
# Made up; the epoch is six hours before the pass.
TLE = ("NOAA 19\n"
       "1 33591U 09005A   12167.25000000  .00000080  00000-0  56000-4 0  9997\n"
       "2 33591  98.9000 120.0000 0014000  90.0000 270.0000 14.11000000173006\n")
# By what the third channel sends.
STATES = {"3a": [], "3b": ["--channel-3b"]}
# Lines and pixels of the temperatures that the record holds.
LINE_STEP = 9
PIXEL_STEP = 113


def checksum(line):
    return str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def tle():
    name, *lines = TLE.splitlines()
    return "\n".join([name] + [line[:68] + checksum(line) for line in lines]) + "\n"


def digest(recording):
    """SHA-256 of all words but those of TIP and AIP, which satpy does not read."""
    frame_bytes, tip = 2 * 11090, slice(2 * 103, 2 * 623)
    data = recording.read_bytes()
    of = hashlib.sha256()
    for at in range(0, len(data), frame_bytes):
        frame = data[at:at + frame_bytes]
        of.update(frame[:tip.start] + frame[tip.stop:])
    return of.hexdigest()


def make(downlink_sim, folder, state):
    """The 16-bit big-endian recording that satpy reads."""
    (folder / "orbit.tle").write_text(tle())
    recording = folder / ("20120615111000_noaa19%s.hmf" % state)
    subprocess.run([downlink_sim, "make", "--spacecraft", "noaa-19-hrpt", "--start", START, "--duration", "12",
                    "--tle", folder / "orbit.tle", "--container", "words-be", "--calibration-profile", "patmosx-v2023",
                    "--output", recording, *STATES[state]], check=True, stdout=subprocess.DEVNULL)
    return recording
