"""The cloud side of a system test: the strict double of Google Cloud Storage and Google's Pub/Sub emulator."""

import base64
import hashlib
import json
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

from station import SOURCE, free_port, wait_until

sys.path.insert(0, str(SOURCE / "tests/support"))
import pubsub_emulator  # noqa: E402

PYTHON = "/usr/bin/python3"
PROJECT, TOPIC, SUBSCRIPTION = "test-project", "scenes", "scenes-pull"


def call(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else {}


class Bucket:
    """The GCS double as a child process; use as a context manager."""

    def __init__(self, name="scenes"):
        self.name = name
        self.process = subprocess.Popen([PYTHON, str(SOURCE / "tests/support/gcs_double.py"), "--bucket", name,
                                         "--port", "0", "--exit-on-stdin-eof"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def destination(self, name="cloud", **options):
        """The [[destination]] table for downlinkd.toml."""
        extra = "\n".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
        return (f'[[destination]]\nname = "{name}"\nkind = "gcs"\nbucket = "{self.name}"\nendpoint = "{self.url}"\n'
                f'credentials = "none"\nretry_delay_max = "500 ms"\nchunk_size = "256 KiB"\n{extra}\n')

    def fault(self, *faults):
        call("POST", f"{self.url}/_double/faults", list(faults))

    def heal(self):
        call("DELETE", f"{self.url}/_double/faults")

    def requests(self):
        return call("GET", f"{self.url}/_double/requests")

    def objects(self):
        return {item["name"]: item for item in call("GET", f"{self.url}/_double/objects")}

    def content(self, name):
        with urllib.request.urlopen(f"{self.url}/{self.name}/{name}", timeout=30) as answer:
            return answer.read()

    def hashes(self):
        return {name: hashlib.sha256(self.content(name)).hexdigest() for name in self.objects()}

    def has(self, name):
        try:
            self.content(name)
            return True
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise


class Topic:
    """Google's emulator with one topic and one subscription, on a port that stays the same over restarts."""

    def __init__(self):
        self.port = free_port()
        self.emulator = None
        try:
            pubsub_emulator.program()
        except SystemExit as missing:
            reason = "Google's Pub/Sub emulator is not installed"
            print(f"SKIPPED: {reason}")
            raise unittest.SkipTest(reason) from missing
        self.start()
        self.make()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/projects/{PROJECT}"

    def start(self):
        """The emulator forgets everything when it stops: topic and subscription have to be made anew."""
        self.emulator = pubsub_emulator.Emulator(self.port)

    def make(self):
        call("PUT", f"{self.url}/topics/{TOPIC}", {})
        call("PUT", f"{self.url}/subscriptions/{SUBSCRIPTION}", {"topic": f"projects/{PROJECT}/topics/{TOPIC}",
                                                                 "ackDeadlineSeconds": 60})

    def stop(self):
        if self.emulator:
            self.emulator.stop()
            self.emulator = None

    def publisher(self):
        """The [[publisher]] table for downlinkd.toml."""
        return (f'[[publisher]]\nname = "topic"\nkind = "pubsub"\nproject = "{PROJECT}"\ntopic = "{TOPIC}"\n'
                f'endpoint = "http://127.0.0.1:{self.port}"\ncredentials = "none"\nretry_delay_max = "500 ms"\n')

    def pull(self, count, timeout_s=60):
        """At least `count` messages, acknowledged: [(attributes, data as an object)]; then whatever else is there."""
        messages = []

        def more():
            answer = call("POST", f"{self.url}/subscriptions/{SUBSCRIPTION}:pull", {"maxMessages": 100,
                                                                                    "returnImmediately": True})
            received = answer.get("receivedMessages", [])
            if received:
                call("POST", f"{self.url}/subscriptions/{SUBSCRIPTION}:acknowledge",
                     {"ackIds": [message["ackId"] for message in received]})
            messages.extend((message["message"].get("attributes", {}),
                             json.loads(base64.b64decode(message["message"]["data"]))) for message in received)
            return len(messages) >= count
        wait_until(more, timeout_s, f"{count} messages on the topic")
        more()
        return messages
