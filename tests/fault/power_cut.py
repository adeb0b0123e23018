"""A folder on a disk that loses what was not synced when its power is cut: the FUSE file system power_cut_fs."""

import os
import pathlib
import select
import shutil
import subprocess
import time

import delivery

PROGRAM = delivery.BINARY / "power_cut_fs"


def need_it():
    if not PROGRAM.exists():
        delivery.skip("power_cut_fs is not built (libfuse3-dev)")
    if shutil.which("fusermount3") is None or not pathlib.Path("/dev/fuse").exists():
        delivery.skip("needs fusermount3 and /dev/fuse")
    with delivery.temporary_folder() as folder:
        try:
            with Disk(folder):
                pass
        except PermissionError as refused:
            delivery.skip(f"may not mount a FUSE file system here: {refused}")


class Disk:
    """Mounted at <folder>/disk while the context lasts; what a power cut left is then in <folder>/left."""

    def __init__(self, folder, load=None, cut_at=0, lottery=None, read_only_at=0):
        self.path = pathlib.Path(folder) / "disk"
        self.left = pathlib.Path(folder) / "left"
        self.operations = 0
        shutil.rmtree(self.left, ignore_errors=True)
        self.path.mkdir(parents=True, exist_ok=True)
        options = ["--save", self.left, "--cut-at", cut_at, "--read-only-at", read_only_at]
        options += ["--load", load] if load else []
        options += ["--lottery", lottery] if lottery is not None else []
        self.process = subprocess.Popen([PROGRAM, self.path, *map(str, options)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise PermissionError(self.process.communicate()[1].strip())

    def run(self, command, environment=None, timeout_s=60):
        """Runs a program that uses the disk until it ends by itself, or until the power is cut. Its exit status."""
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, **(environment or {})})
        deadline = time.monotonic() + timeout_s
        while running.poll() is None and not select.select([self.process.stdout], [], [], 0.01)[0]:
            if time.monotonic() > deadline:
                running.kill()
                running.wait()
                raise TimeoutError(f"{command[0]} still runs after {timeout_s} s")
        running.kill()
        return running.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["fusermount3", "-u", str(self.path)], check=True, timeout=60)
        last = self.process.communicate(timeout=60)[0]
        self.operations = int(last.split()[-1])
