#!/usr/bin/python3
"""Stands in for downlink-process: speaks docs/formats/process-messages.md and does what --spacecraft tells it.

good             takes the recording in and reports its length and SHA-256
crash-at-N       dies in the block that holds byte N, unless the byte is quarantined
crash-once-at-N  the same, only when the work folder has no mark of it yet
killed-at-N      as crash-at-N, but of a SIGKILL
crash-idle-N     dies N times when it has taken in all that there is and the pass goes on
exit-N           writes a line to standard error and exits with code N
scene-then-work  as good, but names the scene 'x' and works in silence for 2 s before its report
hang             says nothing more after its first progress
"""
import argparse
import hashlib
import json
import os
import signal
import socket
import sys
import time

BLOCK = 256 << 10


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["live"])
    for name in ["spacecraft", "station", "pass-id", "recording", "work", "scenes", "control-fd"]:
        parser.add_argument("--" + name, required=True)
    return parser.parse_known_args()[0]


def die(number=signal.SIGSEGV):
    os.kill(os.getpid(), number)
    time.sleep(60)


class Life:
    def __init__(self, options):
        self.options = options
        self.control = socket.socket(fileno=int(options.control_fd))
        self.lines = self.control.makefile("r")
        self.position = 0
        self.stepped_over = 0
        self.sha256 = hashlib.sha256()

    def receive(self):
        line = self.lines.readline()
        if not line:
            sys.exit(0)  # downlinkd went away
        return json.loads(line)

    def send(self, message):
        self.control.sendall(json.dumps(message).encode() + b"\n")

    def run(self):
        word = self.options.spacecraft
        if word.startswith("exit-"):
            print("no can do", file=sys.stderr)
            sys.exit(int(word[5:]))
        start = self.receive()
        assert start["type"] == "start", start
        while True:
            message = self.receive()
            self.take_in(message["bytes"], start["quarantine"])
            if message["type"] == "end":
                break
            self.maybe_crash_idle()
        if word == "scene-then-work":
            self.send({"type": "scene", "id": "x"})
            time.sleep(2)
        self.send({"type": "report", "report": {"bytes": self.position, "stepped_over": self.stepped_over,
                                                "sha256": self.sha256.hexdigest()}})

    def take_in(self, end, quarantine):
        while self.position < end:
            self.send({"type": "progress", "offset": self.position, "frames": self.position // 1024, "lock": True})
            stop = min(end, (self.position // BLOCK + 1) * BLOCK)
            if self.options.spacecraft == "hang":
                time.sleep(3600)
            inside = any(q["offset"] <= self.position < q["offset"] + q["size"] for q in quarantine)
            if inside:
                self.stepped_over += stop - self.position
            else:
                self.maybe_crash(stop)
                self.sha256.update(read_recording(self.options.recording, self.position, stop))
            self.position = stop
            if self.position == end:
                self.send({"type": "progress", "offset": end, "frames": end // 1024, "lock": True})

    def maybe_crash(self, stop):
        word = self.options.spacecraft
        if word.startswith("crash-at-") and self.position <= int(word[9:]) < stop:
            die()
        if word.startswith("killed-at-") and self.position <= int(word[10:]) < stop:
            die(signal.SIGKILL)
        if word.startswith("crash-once-at-") and self.position <= int(word[14:]) < stop:
            mark = self.options.recording + "/crashed-once"
            if not os.path.exists(mark):
                open(mark, "w").close()
                die()


    def maybe_crash_idle(self):
        word = self.options.spacecraft
        if not word.startswith("crash-idle-"):
            return
        for number in range(int(word[11:])):
            mark = f"{self.options.recording}/crashed-idle-{number}"
            if not os.path.exists(mark):
                open(mark, "w").close()
                die()


def read_recording(folder, begin, end):
    """Bytes begin to end of the rec-*.raw files put together."""
    out, start = b"", 0
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".raw")):
        with open(os.path.join(folder, name), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            low, high = max(begin, start), min(end, start + size)
            if low < high:
                file.seek(low - start)
                out += file.read(high - low)
            start += size
    assert len(out) == end - begin, "the recording is shorter than downlinkd said"
    return out


if __name__ == "__main__":
    Life(arguments()).run()
