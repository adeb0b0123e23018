"""Google's Pub/Sub emulator for a test.

    pubsub_emulator.py [--port N]     first line on stdout: the port, when the emulator answers

It ends when its stdin ends, and takes the emulator with it. Exit status 77, with the reason on stderr, where the
emulator or Java is not installed.
"""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PACKAGE = "google-cloud-cli-pubsub-emulator"
START_LIMIT_S = 90


def skip(reason):
    print(f"skipped: {reason}", file=sys.stderr)
    sys.exit(77)


def program():
    """The emulator's start script as its Debian package names it."""
    if shutil.which("java") is None:
        skip("no 'java' in PATH, which Google's Pub/Sub emulator needs")
    listed = subprocess.run(["dpkg", "-L", PACKAGE], capture_output=True, text=True, check=False).stdout
    found = [line for line in listed.splitlines() if line.endswith("/bin/cloud-pubsub-emulator")]
    if not found:
        skip(f"package '{PACKAGE}' is not installed (Google's apt repository has it)")
    return found[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    def __init__(self, port=0):
        self.port = port or free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="dl-pubsub-")
        log = pathlib.Path(self.folder.name, "log")
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program(), "--host=127.0.0.1", f"--port={self.port}"], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, cwd=self.folder.name, start_new_session=True)
        deadline = time.monotonic() + START_LIMIT_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"the emulator did not start:\n{text}")
            time.sleep(0.1)

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=1) as answer:
                return answer.read().strip() == b"Ok"
        except (urllib.error.URLError, OSError):
            return False

    def signal(self, number):
        """To the whole group: the script is a shell that runs Java."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()


def main():
    parser = argparse.ArgumentParser(description="Google's Pub/Sub emulator for a test")
    parser.add_argument("--port", type=int, default=0)
    emulator = Emulator(parser.parse_args().port)
    try:
        print(emulator.port, flush=True)
        # "stop" and "continue" freeze and thaw it; the end of input ends it.
        for line in sys.stdin:
            emulator.signal({"stop": signal.SIGSTOP, "continue": signal.SIGCONT}[line.strip()])
            print("done", flush=True)
    finally:
        emulator.stop()


if __name__ == "__main__":
    main()
