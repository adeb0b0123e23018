"""Microsoft's azurite, blobs only: an Azure storage account for tests.

    azurite.py     first line on stdout, JSON: {"endpoint", "container", "account", "key", "version"}

It ends when its stdin ends, and takes the server with it. The npm package is looked for in $DOWNLINKD_AZURITE, or in
~/.cache/downlinkd/azurite, where tools/install-packages long puts it. Exit status 77, with the reason on stderr, where
it or node is missing.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server_process  # noqa: E402

START_LIMIT_S = 60
# The account that every azurite has; documented, no secret.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
CONTAINER = "scenes"
VERSION = "2021-12-02"


def program():
    """(package folder, command)"""
    if shutil.which("node") is None:
        server_process.skip("no 'node' in PATH, which azurite needs")
    default = pathlib.Path.home() / ".cache" / "downlinkd" / "azurite"
    package = pathlib.Path(os.environ.get("DOWNLINKD_AZURITE") or default) / "node_modules" / "azurite"
    script = package / "dist" / "src" / "blob" / "main.js"
    if not script.exists():
        server_process.skip(f"azurite is not at '{package}' (tools/install-packages long)")
    return package, ["node", str(script)]


def shared_key_request(endpoint, method, path, query, headers=None):
    """A request without a body. `query` is in order of its names."""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    sent = {"x-ms-date": stamp, "x-ms-version": VERSION, **(headers or {})}
    lines = [f"{name}:{value}" for name, value in sorted(sent.items())]
    resource = f"/{ACCOUNT}/{ACCOUNT}{path}" + "".join(f"\n{name}:{value}" for name, value in query)
    text = "\n".join([method] + [""] * 11 + lines + [resource])
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    sent["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
    url = endpoint + path + "?" + "&".join(f"{name}={value}" for name, value in query)
    request = urllib.request.Request(url, method=method, headers={**sent, "Content-Length": "0"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def account_sas(permissions):
    """A shared access signature of the account for containers and objects of blobs, one hour."""
    now = datetime.datetime.now(datetime.timezone.utc)
    expiry = (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = [ACCOUNT, permissions, "b", "co", "", expiry, "", "http,https", VERSION, ""]
    text = "\n".join(fields) + "\n"
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    quoted = urllib.parse.quote(signature, safe="")
    return (f"sv={VERSION}&ss=b&srt=co&sp={permissions}&se={urllib.parse.quote(expiry, safe='')}"
            f"&spr=http,https&sig={quoted}")


class Azurite:
    def __init__(self):
        package, command = program()
        self.version = json.loads((package / "package.json").read_text())["version"]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-azurite-"))
        port = server_process.free_ports(1)[0]
        self.endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        self.process = server_process.spawn(
            [*command, "--silent", "--location", str(self.folder), "--blobHost", "127.0.0.1", "--blobPort", str(port),
             "--skipApiVersionCheck", "--disableTelemetry"], self.folder / "log")
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                shared_key_request(self.endpoint, "PUT", f"/{CONTAINER}", [("restype", "container")])
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    text = (self.folder / "log").read_text(errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(f"azurite did not start: {error}: {text}") from None
                time.sleep(0.1)

    def stop(self):
        server_process.stop([self.process])
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    azurite = Azurite()
    try:
        print(json.dumps({"endpoint": azurite.endpoint, "container": CONTAINER, "account": ACCOUNT, "key": KEY,
                          "sas": account_sas("rwcl"), "version": azurite.version}), flush=True)
        sys.stdin.read()
    finally:
        azurite.stop()


if __name__ == "__main__":
    main()
