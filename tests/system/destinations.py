"""Destinations of a system test that are not a folder and not Google's: S3, Azure and SFTP servers on loopback.

Every one has destination(), the table for downlinkd.toml, and content(name).
"""

import getpass
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from cloud import PYTHON, call
from station import SOURCE

sys.path.insert(0, str(SOURCE / "tests/support"))
import azurite  # noqa: E402
import ceph_rgw  # noqa: E402

SUPPORT = SOURCE / "tests/support"


def started(server):
    """server(), whose way to say that its packages are missing is to end the script."""
    try:
        return server()
    except SystemExit as missing:
        raise unittest.SkipTest(f"{server.__name__} is not installed here") from missing


def table(**keys):
    return "[[destination]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


class Folder:
    """A server with a folder for its keys; use as a context manager."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-destination-"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def spawn(self, script, *arguments):
        return subprocess.Popen([PYTHON, str(SUPPORT / script), *map(str, arguments)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


class S3(Folder):
    def __init__(self, endpoint, region, bucket, access_key, secret_key):
        super().__init__()
        self.url, self.region, self.bucket = endpoint, region, bucket
        self.access_key, self.secret_key = access_key, secret_key

    def destination(self, name="s3", **options):
        keys = self.secret("credentials", f"[default]\naws_access_key_id = {self.access_key}\n"
                                          f"aws_secret_access_key = {self.secret_key}\n")
        return table(name=name, kind="s3", endpoint=self.url, addressing="path", bucket=self.bucket,
                     region=self.region, credentials_file=keys, **{"retry_delay_max": "500 ms", **options})

    def request(self, method, target):
        return ceph_rgw.aws_request(self.url, method, target, self.access_key, self.secret_key, self.region)

    def content(self, name):
        return self.request("GET", f"/{self.bucket}/{urllib.parse.quote(name)}")


class S3Double(S3):
    def __init__(self):
        self.process = self.spawn("s3_double.py", "--bucket", "scenes")
        super().__init__(**json.loads(self.process.stdout.readline()))

    def stop(self):
        self.end(self.process)

    def requests(self, *operations):
        return [row for row in call("GET", f"{self.url}/_double/requests") if row["operation"] in operations]

    def fault(self, *faults):
        call("POST", f"{self.url}/_double/faults", list(faults))

    def open_uploads(self):
        return self.request("GET", f"/{self.bucket}?uploads").count(b"<UploadId>")

    def put(self, name, content_base64):
        call("POST", f"{self.url}/_double/objects", {"name": name, "content_base64": content_base64})

    def remove(self, name):
        call("DELETE", f"{self.url}/_double/objects", {"name": name})


class CephGateway(S3):
    def __init__(self):
        self.gateway = started(ceph_rgw.Gateway)
        super().__init__(self.gateway.endpoint, ceph_rgw.REGION, ceph_rgw.BUCKET, ceph_rgw.ACCESS_KEY,
                         ceph_rgw.SECRET_KEY)

    def stop(self):
        self.gateway.stop()


class Azure(Folder):
    def __init__(self):
        self.azurite = started(azurite.Azurite)
        super().__init__()

    def stop(self):
        self.azurite.stop()

    def destination(self, name="azure", **options):
        return table(name=name, kind="azure", endpoint=self.azurite.endpoint, account=azurite.ACCOUNT,
                     container=azurite.CONTAINER, credentials_file=self.secret("key", f"key={azurite.KEY}\n"),
                     retry_delay_max="500 ms", **options)

    def content(self, name):
        return azurite.shared_key_request(self.azurite.endpoint, "GET",
                                          f"/{azurite.CONTAINER}/{urllib.parse.quote(name)}", [])


class Sftp(Folder):
    """OpenSSH's sshd."""

    def __init__(self):
        super().__init__()
        self.home = self.folder / "home"
        self.home.mkdir()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / key)], check=True)
        self.process = self.spawn("sftp_server.py", self.home, self.folder / "host", self.folder / "user.pub")
        port = self.process.stdout.readline()
        if not port:
            self.__exit__()
            raise unittest.SkipTest("sshd is not installed here")
        self.port = int(port)
        self.known_hosts = self.secret("known_hosts",
                                       f"[127.0.0.1]:{self.port} {(self.folder / 'host.pub').read_text()}")

    def stop(self):
        self.end(self.process)

    def destination(self, name="sftp", **options):
        return table(name=name, kind="sftp", host="127.0.0.1", port=self.port, user=getpass.getuser(),
                     key_file=str(self.folder / "user"), known_hosts=self.known_hosts, folder="archive",
                     retry_delay_max="500 ms", **options)

    def content(self, name):
        return (self.home / "archive" / name).read_bytes()
