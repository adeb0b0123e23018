"""For fault tests: a spool with waiting scenes, the uplink as a program, the check that every scene arrives once."""

import collections
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

SOURCE = pathlib.Path(os.environ["DOWNLINKD_SOURCE"])
BINARY = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "bin"
LONG = os.environ.get("DOWNLINKD_TEST_LONG") == "1"
PYTHON = "/usr/bin/python3"


def skip(reason):
    """Ends the script with the code that ctest shows as skipped."""
    print(f"SKIPPED: {reason}")
    raise SystemExit(77)


def need_program(*names):
    for name in names:
        if shutil.which(name) is None:
            skip(f"needs '{name}'")


@contextlib.contextmanager
def temporary_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-fault-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Bucket:
    """The strict double of Google Cloud Storage as a process; `prefix` runs it elsewhere (a network namespace)."""

    def __init__(self, *arguments, prefix=(), host="127.0.0.1"):
        self.process = subprocess.Popen([*prefix, PYTHON, str(SOURCE / "tests/support/gcs_double.py"), "--bucket",
                                         "scenes", "--port", "0", "--exit-on-stdin-eof", *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = f"http://{host}:{int(self.process.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def objects(self):
        """{name: sha256} of everything in the bucket."""
        found = {}
        for item in self.call("GET", "/_double/objects"):
            with urllib.request.urlopen(f"{self.url}/scenes/{item['name']}", timeout=60) as answer:
                found[item["name"]] = hashlib.sha256(answer.read()).hexdigest()
        return found

    def requests(self):
        return self.call("GET", "/_double/requests")

    def fault(self, *faults):
        self.call("POST", "/_double/faults", list(faults))

    def heal(self):
        self.call("DELETE", "/_double/faults")


class Spool:
    """What make_spool wrote below `folder`: {object name: sha256} is `expected`."""

    def __init__(self, folder, scenes=2, band_bytes=600_000, seed=1):
        self.folder = pathlib.Path(folder)
        made = subprocess.run([BINARY / "make_spool", self.folder, str(scenes), str(band_bytes), str(seed)], check=True,
                              capture_output=True, text=True, timeout=600)
        self.expected = dict(line.split() for line in made.stdout.splitlines())
        self.scenes = scenes


def deliver_command(folder, destination, *options):
    folder = pathlib.Path(folder)
    return [str(BINARY / "deliver_station"), str(folder / "journal.db"), str(folder / "events.jsonl"),
            str(destination), *options]


def deliver(folder, destination, *options, prefix=(), environment=None, timeout_s=120, check=True):
    """Runs the uplink until everything is delivered and announced."""
    done = subprocess.run([*prefix, *deliver_command(folder, destination, *options)], capture_output=True, text=True,
                          timeout=timeout_s, check=False, env={**os.environ, **(environment or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"the uplink exited {done.returncode}: {done.stdout}\n{done.stderr}")
    return done


def folder_objects(folder):
    """Without the temporaries of copies that a power cut ended: the uplink sweeps them when they are a day old."""
    folder = pathlib.Path(folder)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".downlinkd-")}


def check_everything_once(spool, folder, objects):
    """Every object that was sealed, whole, and no other; for every scene one event id, in the journal of events."""
    if objects != spool.expected:
        missing = sorted(set(spool.expected) - set(objects))
        foreign = sorted(set(objects) - set(spool.expected))
        wrong = sorted(name for name in objects if name in spool.expected and objects[name] != spool.expected[name])
        raise AssertionError(f"objects missing {missing}, not ours {foreign}, with other bytes {wrong}")
    lines = (pathlib.Path(folder) / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    by_scene = collections.defaultdict(set)
    for event in events:
        by_scene[event["data"]["id"] if "data" in event else event["subject"]].add(event["id"])
    if len(by_scene) != spool.scenes or any(len(ids) != 1 for ids in by_scene.values()):
        raise AssertionError(f"expected one event id for each of {spool.scenes} scenes, found {dict(by_scene)}")
    return len(events)
