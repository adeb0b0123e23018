#!/usr/bin/python3
"""Stands in for downlink-process: speaks docs/formats/process-messages.md and does what --spacecraft tells it.

good             takes the recording in and reports its length and SHA-256
crash-at-N       dies in the block that holds byte N of a reception, unless the byte is quarantined
crash-in-K-at-N  the same, of reception K only
crash-once-at-N  the same, only when the work folder has no mark of it yet
killed-at-N      as crash-at-N, but of a SIGKILL
crash-idle-N     dies N times when it has taken in all that there is, of every reception, and the pass goes on
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


class Reception:
    def __init__(self, folder, quarantine):
        self.folder = folder
        self.quarantine = quarantine
        self.position = 0
        self.recorded = 0
        self.ended = False
        self.stepped_over = 0
        self.sha256 = hashlib.sha256()

    def is_quarantined(self):
        return any(q["offset"] <= self.position < q["offset"] + q["size"] for q in self.quarantine)

    def report(self):
        return {"bytes": self.position, "stepped_over": self.stepped_over, "sha256": self.sha256.hexdigest()}


class Life:
    def __init__(self, options):
        self.options = options
        self.control = socket.socket(fileno=int(options.control_fd))
        self.lines = self.control.makefile("r")
        self.receptions = []

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
        self.receptions = [Reception(self.options.recording, start["quarantine"])]
        for one in start.get("receptions", []):
            self.receptions.append(Reception(os.path.join(self.options.recording, one["folder"]), one["quarantine"]))
        while not all(one.ended for one in self.receptions):
            message = self.receive()
            reception = self.receptions[message.get("reception", 0)]
            reception.recorded = message["bytes"]
            reception.ended = message["type"] == "end"
            self.take_in()
            if not reception.ended:
                self.maybe_crash_idle()
        if word == "scene-then-work":
            self.send({"type": "scene", "id": "x"})
            time.sleep(2)
        reports = [one.report() for one in self.receptions]
        self.send({"type": "report", "report": {**reports[0], "receptions": reports}})

    def send_progress(self, number):
        position = self.receptions[number].position
        self.send({"type": "progress", "reception": number, "offset": position, "frames": position // 1024,
                   "lock": True})

    # A block of one, a block of the next, as long as there are any.
    def take_in(self):
        took = False
        while any(one.position < one.recorded for one in self.receptions):
            for number, one in enumerate(self.receptions):
                if one.position < one.recorded:
                    self.take_in_block(number)
                    took = True
        for number in range(len(self.receptions) if took else 0):
            self.send_progress(number)

    def take_in_block(self, number):
        one = self.receptions[number]
        self.send_progress(number)
        stop = min(one.recorded, (one.position // BLOCK + 1) * BLOCK)
        if self.options.spacecraft == "hang":
            time.sleep(3600)
        if one.is_quarantined():
            one.stepped_over += stop - one.position
        else:
            self.maybe_crash(number, stop)
            one.sha256.update(read_recording(one.folder, one.position, stop))
        one.position = stop

    def maybe_crash(self, number, stop):
        word = self.options.spacecraft
        position = self.receptions[number].position
        if word.startswith("crash-in-"):
            reception, place = (int(part) for part in word[9:].split("-at-"))
            if number == reception and position <= place < stop:
                die()
        if word.startswith("crash-at-") and position <= int(word[9:]) < stop:
            die()
        if word.startswith("killed-at-") and position <= int(word[10:]) < stop:
            die(signal.SIGKILL)
        if word.startswith("crash-once-at-") and position <= int(word[14:]) < stop:
            mark = self.options.recording + "/crashed-once"
            if not os.path.exists(mark):
                open(mark, "w").close()
                die()

    def maybe_crash_idle(self):
        word = self.options.spacecraft
        if not word.startswith("crash-idle-") or not all(one.recorded for one in self.receptions):
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
