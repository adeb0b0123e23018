"""Ceph's RADOS gateway on one throw-away node in memory: a real S3 for tests.

    ceph_rgw.py     first line on stdout, JSON: {"endpoint", "region", "bucket", "access_key", "secret_key"}

It ends when its stdin ends, and takes monitor, store and gateway with it. Exit status 77, with the reason on stderr,
where the packages (radosgw ceph-mon ceph-osd ceph-common ceph-base) are not installed. Up in about 15 s, 250 MB.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import aws_sigv4  # noqa: E402
import server_process  # noqa: E402
from server_process import free_ports, skip  # noqa: E402

PROGRAMS = ("monmaptool", "ceph-mon", "ceph-osd", "ceph", "radosgw", "radosgw-admin")
START_LIMIT_S = 120
REGION, BUCKET, ACCESS_KEY, SECRET_KEY = "default", "scenes", "AKTEST", "SKTEST"

CONFIGURATION = """
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}]
public_network = 127.0.0.0/8
auth_supported = none
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# radosgw insists on a secure connection to the monitor otherwise, and that needs cephx.
ms_mon_client_mode = crc
osd_pool_default_size = 1
osd_pool_default_pg_num = 1
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 1000
osd_objectstore = memstore
memstore_device_bytes = 1073741824
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
pid_file = {folder}/run/$name.pid
log_file = {folder}/log/$name.log
mon_data = {folder}/mon
osd_data = {folder}/osd
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:{rgw}
rgw_data = {folder}/rgw
"""


class Gateway:
    def __init__(self):
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            skip(f"'{missing[0]}' is not installed (Debian: radosgw ceph-mon ceph-osd ceph-common ceph-base)")
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-rgw-"))
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def run(self, *command, limit_s=60, may_fail=False):
        done = subprocess.run([command[0], "-c", self.configuration, *command[1:]], capture_output=True, text=True,
                              timeout=limit_s, check=False)
        if done.returncode != 0 and not may_fail:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")

    def spawn(self, *command):
        log = self.folder / "log" / f"{command[0]}.out"
        self.processes.append(server_process.spawn([command[0], "-c", self.configuration, *command[1:], "-f"], log))

    def start(self):
        for name in ("mon", "osd", "run", "log", "rgw"):
            (self.folder / name).mkdir()
        mon2, mon1, rgw = free_ports(3)
        fsid = str(uuid.uuid4())
        self.configuration = str(self.folder / "ceph.conf")
        pathlib.Path(self.configuration).write_text(
            CONFIGURATION.format(fsid=fsid, mon1=mon1, mon2=mon2, rgw=rgw, folder=self.folder))
        monmap = str(self.folder / "monmap")
        subprocess.run(["monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a",
                        f"[v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}]", monmap], check=True, capture_output=True)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self.spawn("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.spawn("ceph-osd", "-i", "0")
        self.run("ceph", "osd", "crush", "add", "0", "1.0", "host=a", "root=default", may_fail=True)
        self.spawn("radosgw", "-n", "client.rgw.a")
        self.endpoint = f"http://127.0.0.1:{rgw}"
        deadline = time.monotonic() + START_LIMIT_S
        while not self.answers():
            if any(process.poll() is not None for process in self.processes) or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway did not start: {self.logs()}")
            time.sleep(0.2)
        self.run("radosgw-admin", "-n", "client.rgw.a", "user", "create", "--uid", "t", "--display-name", "t",
                 "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
        aws_request(self.endpoint, "PUT", f"/{BUCKET}", ACCESS_KEY, SECRET_KEY, REGION)

    def answers(self):
        try:
            with urllib.request.urlopen(self.endpoint, timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def logs(self):
        return "\n".join(path.read_text(errors="replace")[-1000:] for path in (self.folder / "log").glob("*.out"))

    def stop(self):
        server_process.stop(self.processes)
        shutil.rmtree(self.folder, ignore_errors=True)


def aws_request(endpoint, method, target, access_key, secret_key, region):
    headers = aws_sigv4.sign(method, endpoint + target, {}, access_key, secret_key, region,
                             datetime.datetime.now(datetime.timezone.utc))
    request = urllib.request.Request(endpoint + target, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def main():
    gateway = Gateway()
    try:
        print(json.dumps({"endpoint": gateway.endpoint, "region": REGION, "bucket": BUCKET, "access_key": ACCESS_KEY,
                          "secret_key": SECRET_KEY}), flush=True)
        sys.stdin.read()
    finally:
        gateway.stop()


if __name__ == "__main__":
    main()
