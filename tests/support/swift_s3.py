"""OpenStack Swift with its S3 interface on one node: a second, stricter S3 for tests.

    swift_s3.py     first line on stdout, JSON: {"endpoint", "region", "bucket", "access_key", "secret_key"}

It ends when its stdin ends, and takes its servers with it. Exit status 77, with the reason on stderr, where the
packages (swift-proxy swift-account swift-container swift-object memcached) are not installed. Up in about 6 s. Its
folder needs extended attributes, which tmpfs has for no user: DOWNLINKD_TEST_SPOOL or /var/tmp.
"""

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

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server_process  # noqa: E402
from ceph_rgw import aws_request  # noqa: E402
from server_process import free_ports, skip  # noqa: E402

SERVERS = ("account", "container", "object")
START_LIMIT_S = 60
REGION, BUCKET, ACCESS_KEY, SECRET_KEY = "us-east-1", "scenes", "test:tester", "testing"

STORAGE = """
[DEFAULT]
devices = {folder}/srv
mount_check = false
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}/etc
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}/etc
[pipeline:main]
pipeline = catch_errors proxy-logging cache listing_formats s3api tempauth copy slo dlo proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Swift:
    def __init__(self):
        for program in ("swift-ring-builder", "swift-proxy-server", "swift-object-server", "memcached"):
            if shutil.which(program) is None:
                skip(f"'{program}' is not installed (Debian: swift-proxy swift-account swift-container swift-object "
                     "memcached)")
        self.processes = []
        base = os.environ.get("DOWNLINKD_TEST_SPOOL", "/var/tmp")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-swift-", dir=base))
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def spawn(self, *command):
        self.processes.append(server_process.spawn(command, self.folder / f"{command[0]}.out",
                                                   env={**os.environ, "SWIFT_DIR": str(self.folder / "etc")}))

    def start(self):
        etc = self.folder / "etc"
        etc.mkdir()
        (self.folder / "srv" / "d1").mkdir(parents=True)
        probe = self.folder / "srv" / "probe"
        probe.write_bytes(b"")
        try:
            os.setxattr(probe, "user.swift.metadata", b"x")
        except OSError:
            skip(f"'{self.folder}' is on a file system without extended attributes; set DOWNLINKD_TEST_SPOOL")
        (etc / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = x\nswift_hash_path_prefix = y\n"
                                        "[storage-policy:0]\nname = gold\ndefault = yes\n")
        *ports, proxy, memcached = free_ports(5)
        user = "root" if os.getuid() == 0 else os.environ.get("USER", "nobody")
        for kind, port in zip(SERVERS, ports):
            builder = str(etc / f"{kind}.builder")
            for arguments in (("create", "4", "1", "1"), ("add", f"r1z1-127.0.0.1:{port}/d1", "1"), ("rebalance",)):
                subprocess.run(["swift-ring-builder", builder, *arguments], check=True, capture_output=True)
            (etc / f"{kind}-server.conf").write_text(
                STORAGE.format(folder=self.folder, port=port, kind=kind, user=user))
        (etc / "proxy-server.conf").write_text(
            PROXY.format(folder=self.folder, port=proxy, memcached=memcached, user=user))
        self.spawn("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(memcached))
        for kind in SERVERS:
            self.spawn(f"swift-{kind}-server", str(etc / f"{kind}-server.conf"))
        self.spawn("swift-proxy-server", str(etc / "proxy-server.conf"))
        self.endpoint = f"http://127.0.0.1:{proxy}"
        deadline = time.monotonic() + START_LIMIT_S
        while not self.make_bucket():
            if any(process.poll() is not None for process in self.processes) or time.monotonic() > deadline:
                raise RuntimeError(f"Swift did not start: {self.logs()}")
            time.sleep(0.2)

    def make_bucket(self):
        try:
            aws_request(self.endpoint, "PUT", f"/{BUCKET}", ACCESS_KEY, SECRET_KEY, REGION)
        except urllib.error.HTTPError as error:
            return error.code == 409
        except OSError:
            return False
        return True

    def logs(self):
        return "\n".join(path.read_text(errors="replace")[-1000:] for path in self.folder.glob("*.out"))

    def stop(self):
        server_process.stop(self.processes)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    swift = Swift()
    try:
        print(json.dumps({"endpoint": swift.endpoint, "region": REGION, "bucket": BUCKET, "access_key": ACCESS_KEY,
                          "secret_key": SECRET_KEY}), flush=True)
        sys.stdin.read()
    finally:
        swift.stop()


if __name__ == "__main__":
    main()
