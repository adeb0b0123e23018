"""What a Google Cloud Storage bucket is to an uploader: objects, generations, and resumable sessions with their rules.

Pure: no sockets and no wall clock. Written from the facts of Google's documentation and of clients' issue trackers
(collected as "uplink", section 1.1), never from our uploader, so that the two can disagree.
"""

import base64
import datetime
import hashlib
import json
import pathlib
import urllib.parse
import uuid

QUANTUM = 256 * 1024
SESSION_LIFETIME_S = 7 * 86400


def _crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC32C_TABLE = _crc32c_table()


try:  # in C where Debian's python3-crc32c is installed: big objects on a fast link
    from crc32c import crc32c
except ImportError:
    def crc32c(data, crc=0):
        return _crc32c_of_tables(data, crc)


def _crc32c_of_tables(data, crc=0):
    table = CRC32C_TABLE
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def crc32c_base64(crc):
    return base64.b64encode(crc.to_bytes(4, "big")).decode()


def hashes_of(content):
    """(CRC-32C, MD5) as an object resource states them."""
    return crc32c_base64(crc32c(content)), base64.b64encode(hashlib.md5(content).digest()).decode()


class Refusal(Exception):
    """An answer other than success; `reason` and `message` as the JSON API words them."""

    def __init__(self, status, message, reason=""):
        super().__init__(message)
        self.status, self.message, self.reason = status, message, reason

    def body(self):
        return {"error": {"code": self.status, "message": self.message,
                          "errors": [{"message": self.message, "domain": "global", "reason": self.reason}]}}


class StoredObject:
    def __init__(self, bucket, name, content, generation, content_type, metadata, created_at, hashes=None):
        self.bucket, self.name, self.content = bucket, name, bytes(content)
        self.generation, self.content_type, self.metadata = generation, content_type, metadata
        self.created_at = created_at
        self.crc32c, self.md5 = hashes or hashes_of(content)

    def resource(self):
        made = {"kind": "storage#object", "id": f"{self.bucket}/{self.name}/{self.generation}", "name": self.name,
                "bucket": self.bucket, "generation": str(self.generation), "metageneration": "1",
                "contentType": self.content_type, "size": str(len(self.content)), "md5Hash": self.md5,
                "crc32c": self.crc32c, "timeCreated": self.created_at, "updated": self.created_at}
        if self.metadata:
            made["metadata"] = self.metadata
        return made


class Session:
    def __init__(self, bucket, resource, total, must_not_exist, created_s):
        self.id = uuid.uuid4().hex
        self.bucket, self.resource, self.total = bucket, resource, total
        self.must_not_exist, self.created_s = must_not_exist, created_s
        self.data = bytearray()
        self.unreported = 0       # persisted, but not yet owned up to: a late commit
        self.ended_with = None    # 410 terminated, 499 cancelled
        self.object = None

    @property
    def name(self):
        return self.resource["name"]

    def reported(self):
        return len(self.data) - self.unreported


class Store:
    """`now` returns seconds since 1970; `directory` keeps finished objects over a restart, sessions are lost by one."""

    def __init__(self, buckets, now, directory=None):
        self.now = now
        self.buckets = {name: {} for name in buckets}
        self.sessions = {}
        self.last_generation = 0
        self.directory = pathlib.Path(directory) if directory else None
        self.precondition_at_initiate = False
        self.may_delete = True
        self.writes_per_name_s = 0  # 0: no limit
        self.written_s = {}         # (bucket, name) -> when
        if self.directory:
            self._load()

    # Objects

    def bucket(self, name):
        if name not in self.buckets:
            raise Refusal(404, "The specified bucket does not exist.", "notFound")
        return self.buckets[name]

    def find(self, bucket, name):
        found = self.bucket(bucket).get(name)
        if found is None:
            raise Refusal(404, f"No such object: {bucket}/{name}", "notFound")
        return found

    def put(self, bucket, name, content, content_type="application/octet-stream", metadata=None, hashes=None):
        self.last_generation = max(self.last_generation + 1, int(self.now() * 1e6))
        made = StoredObject(bucket, name, content, self.last_generation, content_type, metadata or {},
                            format_time(self.now()), hashes)
        self.bucket(bucket)[name] = made
        if self.directory:
            self._save(made)
        return made

    def delete(self, bucket, name, generation=None):
        if not self.may_delete:
            raise Refusal(403, "The account does not have storage.objects.delete access.", "forbidden")
        found = self.find(bucket, name)
        if generation is not None and str(found.generation) != generation:
            raise precondition_failed()
        del self.bucket(bucket)[name]
        if self.directory:
            for path in self._paths(bucket, name):
                path.unlink()

    def _check_rate(self, bucket, name):
        """About one write per second and object name."""
        since_s = self.now() - self.written_s.get((bucket, name), -1e18)
        if since_s < self.writes_per_name_s:
            raise Refusal(429, f"The object {bucket}/{name} exceeded the rate limit for object mutation operations.",
                          "rateLimitExceeded")
        self.written_s[bucket, name] = self.now()

    # Sessions

    def initiate(self, bucket, resource, total, must_not_exist):
        objects = self.bucket(bucket)
        if must_not_exist and self.precondition_at_initiate and resource["name"] in objects:
            raise precondition_failed()
        session = Session(bucket, resource, total, must_not_exist, self.now())
        self.sessions[session.id] = session
        return session

    def session(self, session_id):
        session = self.sessions.get(session_id)
        # "410 Gone if it's been less than a week since the upload was initiated, 404 Not Found if more."
        if session is None or self.now() - session.created_s > SESSION_LIFETIME_S:
            raise Refusal(404, "Requested entity was not found.", "notFound")
        self.bucket(session.bucket)  # a session dies with its bucket
        if session.ended_with:
            raise Refusal(session.ended_with, "The upload session is no longer available.", "gone")
        return session

    def cancel(self, session_id):
        session = self.session(session_id)
        session.ended_with = 499
        raise Refusal(499, "Client Closed Request")

    def check_chunk(self, session, first, last, total):
        """The rules that a chunk breaks before a byte of it is read."""
        if session.object is not None:
            return
        if session.total is not None and total is not None and total != session.total:
            raise Refusal(400, f"Invalid request: the total {total} is not the declared {session.total}.", "invalid")
        known_total = total if total is not None else session.total
        if known_total is not None and last >= known_total:
            raise Refusal(400, "Invalid request: bytes beyond the end of the upload.", "invalid")
        final = total is not None and last + 1 == total
        if not final and (last + 1 - first) % QUANTUM != 0:
            raise Refusal(400, "Invalid request. The number of bytes uploaded is required to be equal or greater than "
                               f"{QUANTUM}, except for the final request, and a multiple of it.", "badRequest")
        # Compared with live GCS by the authors of floci-gcp: a gap looks like a passing server error.
        if first > len(session.data):
            raise Refusal(503, "Service Unavailable", "backendError")

    def append(self, session, first, content, keep=None):
        """Takes the bytes that are new; what was persisted before is ignored, whatever was sent for it."""
        session.unreported = 0
        fresh = content[max(0, len(session.data) - first):]
        session.data += fresh if keep is None else fresh[:keep]

    def finish(self, session, extra_hashes=None, damaged=False):
        """Makes the object, once; a broken hash or precondition ends the session. `damaged`: behind the checks."""
        if session.object is not None:
            return session.object
        session.unreported = 0
        if session.must_not_exist and session.name in self.bucket(session.bucket):
            session.ended_with = 410
            raise precondition_failed()
        hashes = hashes_of(session.data)
        self._check_hashes(session, hashes, extra_hashes or {})
        self._check_rate(session.bucket, session.name)
        content = session.data
        if damaged and content:
            content = bytes([content[0] ^ 1]) + content[1:]
            hashes = hashes_of(content)
        session.object = self.put(session.bucket, session.name, content,
                                  session.resource.get("contentType", "application/octet-stream"),
                                  session.resource.get("metadata"), hashes)
        return session.object

    @staticmethod
    def _check_hashes(session, hashes, extra_hashes):
        calculated = dict(zip(("crc32c", "md5"), hashes))
        declared = {"crc32c": session.resource.get("crc32c"), "md5": session.resource.get("md5Hash"), **extra_hashes}
        for kind, word in (("crc32c", "CRC32C"), ("md5", "MD5 hash")):
            if declared.get(kind) and declared[kind] != calculated[kind]:
                session.ended_with = 410
                raise Refusal(400, f'Provided {word} "{declared[kind]}" doesn\'t match calculated {word} '
                                   f'"{calculated[kind]}".', "invalid")

    # Disk

    def _paths(self, bucket, name):
        folder = self.directory / bucket
        stem = urllib.parse.quote(name, safe="")
        return folder / f"{stem}.content", folder / f"{stem}.json"

    def _save(self, stored):
        content, meta = self._paths(stored.bucket, stored.name)
        content.parent.mkdir(parents=True, exist_ok=True)
        content.write_bytes(stored.content)
        meta.write_text(json.dumps({"name": stored.name, "generation": stored.generation,
                                    "content_type": stored.content_type, "metadata": stored.metadata,
                                    "created_at": stored.created_at}))

    def _load(self):
        for bucket in self.buckets:
            for meta in sorted((self.directory / bucket).glob("*.json")):
                row = json.loads(meta.read_text())
                content = self._paths(bucket, row["name"])[0].read_bytes()
                self.buckets[bucket][row["name"]] = StoredObject(
                    bucket, row["name"], content, row["generation"], row["content_type"], row["metadata"],
                    row["created_at"])
                self.last_generation = max(self.last_generation, row["generation"])


def precondition_failed():
    return Refusal(412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet")


def format_time(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
