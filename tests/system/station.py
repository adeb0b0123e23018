"""A whole station for a system test: downlinkd with its own spool, bucket and configuration, and senders for it.

Everything lives in a temporary folder and on loopback ports that the system chooses; stop() ends what was started.
"""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ["DOWNLINKD_SOURCE"])
BINARY = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "bin"
DATA = pathlib.Path(os.environ.get("DOWNLINKD_TEST_DATA", SOURCE.parent / "shared"))
SIMULATED_TLE = SOURCE / "tools/downlink-sim/simulated-metop-b.tle"


def wait_until(condition, timeout_s, what):
    """Polls `condition` until it is true; the only waiting that tests do."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {timeout_s} s still waiting for {what}")
        time.sleep(0.02)


def run(program, *arguments, check=True, timeout=600, **keywords):
    done = subprocess.run([str(BINARY / program), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, check=False, **keywords)
    if check and done.returncode != 0:
        raise AssertionError(f"{program} {' '.join(map(str, arguments))} exited {done.returncode}:\n"
                             f"{done.stdout}\n{done.stderr}")
    return done


def tree_hashes(folder):
    """{relative path: sha256} of every file below `folder`."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Station:
    """Use as a context manager; the daemon starts with start()."""

    def __init__(self, spacecraft, *, idle_timeout="5 s", destination=None, publisher=None, extra="", port=None,
                 process="", allowed_peers='["127.0.0.1"]', spool=None, space=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-station-"))
        self.spool = pathlib.Path(spool) if spool else self.folder / "spool"
        self.bucket = self.folder / "bucket"
        self.config = self.folder / "downlinkd.toml"
        self.socket = self.folder / "control.sock"
        self.port = port or free_port()
        self.daemon = None
        self.log = (self.folder / "downlinkd.log").open("ab")
        self.config.write_text(f"""
[general]
station = "test"
spool_directory = "{self.spool}"
control_socket = "{self.socket}"

[[source]]
name = "antenna1"
kind = "tcp-listen"
spacecraft = "{spacecraft}"
listen = "127.0.0.1:{self.port}"
allowed_peers = {allowed_peers}
idle_timeout = "{idle_timeout}"

[process]
tle_file = "{SIMULATED_TLE}"
{process}

{space}

{destination if destination is not None else f'''
[[destination]]
name = "bucket"
kind = "directory"
path = "{self.bucket}"
'''}
{publisher or ""}
{extra}
""")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        if kind is not None:
            tail = (self.folder / "downlinkd.log").read_text(errors="replace")[-6000:]
            print(f"--- downlinkd.log of {self.folder}\n{tail}\n---")
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, wait=True, environment=None, stdin=None):
        self.daemon = subprocess.Popen([str(BINARY / "downlinkd"), "--config", str(self.config)], stdin=stdin,
                                       stdout=self.log, stderr=self.log, env={**os.environ, **(environment or {})})
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if self.daemon.poll() is not None:
                raise AssertionError(f"downlinkd exited {self.daemon.returncode}")
            return self.ctl("status", check=False).returncode == 0
        wait_until(ready, 30, "downlinkd to answer")

    def kill(self):
        """Kills the daemon as a power cut would; its children notice and end."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def process_pids(self):
        """downlink-process children of the daemon."""
        pids = []
        for task in pathlib.Path(f"/proc/{self.daemon.pid}/task").glob("*/children"):
            try:
                pids += [int(pid) for pid in task.read_text().split()]
            except OSError:
                pass
        return pids

    def stop(self, timeout_s=30):
        if self.daemon is None or self.daemon.poll() is not None:
            return None
        self.daemon.terminate()
        try:
            self.daemon.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise AssertionError(f"downlinkd did not stop within {timeout_s} s of SIGTERM") from None
        return self.daemon.returncode

    def ctl(self, *arguments, check=True):
        return run("downlinkctl", "--socket", self.socket, *arguments, check=check)

    def report(self, *arguments):
        return json.loads(self.ctl(*arguments, "--json").stdout)

    def wait_drained(self, timeout_s=300):
        self.ctl("wait", "drained", "--timeout", f"{timeout_s}s")

    def send(self, path, *arguments, check=True):
        return run("downlink-sim", "send", path, "--to", f"tcp://127.0.0.1:{self.port}", *arguments, check=check)

    def events(self):
        """Every event that the journal publisher wrote, in order."""
        path = self.spool / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def incident_kinds(self):
        return sorted(row["kind"] for row in self.report("incidents")["incidents"])


def make_pass(station, duration_s=40):
    """A simulated MetOp-B, in 40 s: two AVHRR/3 slots and Level-0."""
    cadus = station.folder / "pass.cadu"
    run("downlink-sim", "make", "--start", "2026-05-12T08:56:40Z", "--duration", str(duration_s), "--tle",
        SIMULATED_TLE, "--output", cadus)
    return cadus


def need(path, what):
    """Exits with the skip code when a file of the test data is missing."""
    path = DATA / path
    if not path.exists():
        print(f"SKIPPED: {what} needs '{path.name}' of the test data (DOWNLINKD_TEST_DATA)")
        raise SystemExit(77)
    return path
