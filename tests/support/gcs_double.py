"""A strict double of Google Cloud Storage's JSON API for resumable uploads, with faults on order.

    gcs_double.py --bucket scenes --port 0         first line on stdout: the port

Options: --directory DIR (finished objects survive a restart), --jwt-public-key FILE --jwt-audience URL (check tokens
at everything but session requests, which carry their own capability), --exit-on-stdin-eof (ends with who started it).

Objects are readable at /BUCKET/OBJECT too (HEAD, GET, Range), as /vsicurl reads a public bucket.

Retry tests of Google's storage testbench: POST /retry_test, GET and DELETE /retry_test/ID (gcs_faults.py).

Administration, all JSON:
    POST   /_double/faults     a list of faults, appended to the queue     DELETE empties it     GET shows it
    GET    /_double/requests   [{method, path, kind, range, content_range, body_bytes, status}]   DELETE forgets them
    POST   /_double/clock      {"advance_s": 604800}         tokens, sessions and Date headers follow it
    POST   /_double/settings   any of {"precondition_at_initiate": true} {"buckets": ["scenes"]} {"may_delete": false}
                               {"writes_per_name_s": 1}      429 when a name was written less than that ago
                               {"redirect_308": true}        a proxy on the way takes 308 for a redirect: 302
    POST   /_double/objects    {"bucket", "name", "content_base64", "content_type", "metadata"}
    GET    /_double/objects    [object resources]
    GET    /_double/sessions   [{bucket, name, persisted_bytes, ended_with, complete}]

A fault is taken by the first request that it fits: {"kind": initiate | data | query | finish | cancel | metadata |
delete | bucket | media | list, any when missing; "contains": part of the URL; "skip": requests that fit and are spared
first; "times": 1, -1 for ever} and one or more of
    {"delay_s": 2}                         wait first
    {"reset_after_bytes": K}               read K bytes of the body, keep whole quanta of them, reset the connection
    {"status": 503, "headers": {}, "message": "", "reason": ""}   answer so without doing anything
    {"status": 503, "after": true}         do it, then answer so
    {"drop_answer": true}                  do it, close without an answer
    {"truncate_answer": K}                 do it, answer with the first K bytes of the body
    {"html": true}                         answer 200 with a portal's page
    {"commit_bytes": K}                    keep only the first K new bytes of the chunk
    {"unreported_bytes": K}                keep all, report K fewer until the session's next request (late commit)
    {"forget_bytes": K}                    lose K persisted bytes before the request is looked at
    {"omit_range": true}                   308 without Range
    {"lose_session": 410}                  end the session with that status
    {"flip_bit": true}                     damage the chunk on its way in
    {"damage_stored": true}                make the object of other bytes, and state their hashes: silent corruption
    {"complete": true}                     a query completes an upload whose bytes are all there (early completion)
"""

import argparse
import base64
import http.server
import json
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jwt_check  # noqa: E402
from gcs_faults import Chunk, Faults, RetryTests, UnknownInstruction  # noqa: E402
from gcs_store import QUANTUM, Refusal, Store  # noqa: E402

CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)$")


class Double:
    """What all connections share."""

    def __init__(self, buckets, directory=None, token_check=None):
        self.offset_s = 0.0
        self.store = Store(buckets, lambda: time.time() + self.offset_s, directory)
        self.faults = Faults()
        self.retry_tests = RetryTests()
        self.redirect_308 = False
        self.requests = []
        self.lock = threading.RLock()
        self.token_check = token_check

    def change(self, settings):
        for name in ("precondition_at_initiate", "may_delete", "writes_per_name_s"):
            if name in settings:
                setattr(self.store, name, settings[name])
        self.redirect_308 = settings.get("redirect_308", self.redirect_308)
        if "buckets" in settings:
            self.store.buckets = {name: self.store.buckets.get(name, {}) for name in settings["buckets"]}


class Dropped(Exception):
    """The connection is closed, there is nobody to answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "gcs-double"

    @property
    def double(self):
        return self.server.double

    def log_message(self, *_):
        pass

    # Plumbing

    def answer(self, status, body=b"", headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"Content-Type": "application/json; charset=UTF-8", **(headers or {})}
        cut = self.fault.get("truncate_answer")
        if cut is not None:
            body = body[:cut]
        if self.fault.get("drop_answer"):
            self.record(status)
            self.close_connection = True
            raise Dropped
        if status == 308 and self.headers.get("X-GUploader-No-308", "").lower() in ("yes", "true"):
            status, headers = 200, {**(headers or {}), "X-HTTP-Status-Code-Override": "308"}
        elif status == 308 and self.double.redirect_308:
            status, headers = 302, {"Location": self.path}
        self.record(int((headers or {}).get("X-HTTP-Status-Code-Override", status)))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return super().date_time_string(self.double.store.now() if timestamp is None else timestamp)

    def record(self, status):
        if self.kind not in ("admin", "retry_test"):
            self.double.requests.append({
                "method": self.command, "path": self.path, "kind": self.kind, "range": self.headers.get("Range"),
                "content_range": self.headers.get("Content-Range"), "body_bytes": self.body_bytes,
                "authorized": "Authorization" in self.headers, "status": status})

    def read_body(self, limit=None):
        """The whole body, or its first `limit` bytes; less when the client went away."""
        wanted = int(self.headers.get("Content-Length") or 0)
        wanted = wanted if limit is None else min(wanted, limit)
        content = bytearray()
        while len(content) < wanted:
            piece = self.rfile.read1(min(1 << 16, wanted - len(content)))
            if not piece:
                break
            content += piece
        self.body_bytes = len(content)
        return bytes(content)

    def reset(self):
        self.record(0)
        # Linger 0: close sends RST, as a middlebox or a crashing server does.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise Dropped

    # Dispatch

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        self.url_path = url.path
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.fault, self.body_bytes = {}, 0
        self.kind = self.classify()
        try:
            if self.kind == "admin":
                return self.administer()
            if self.kind == "retry_test":
                return self.administer_retry_tests()
            self.fault = self.take_fault()
            time.sleep(self.fault.get("delay_s", 0))
            if self.early_fault():
                return None
            if self.kind not in ("data", "query", "finish", "cancel"):
                self.check_token()
            getattr(self, "do_" + self.kind)()
        except Refusal as refusal:
            self.answer_refusal(refusal)
        except Dropped:
            pass
        return None

    def take_fault(self):
        test_id = self.headers.get("x-retry-test-id")
        if test_id is None:
            return self.double.faults.take(self.kind, self.path)
        return self.double.retry_tests.take(test_id, self.kind, self.chunk())

    def chunk(self):
        session = self.double.store.sessions.get(self.query.get("upload_id"))
        if self.kind != "data" or session is None:
            return None
        first, last, total = self.content_range()
        return Chunk(first, last + 1 - first, len(session.data), total)

    def answer_refusal(self, refusal):
        # Whatever of the body was not read would be taken for the next request.
        rest = int(self.headers.get("Content-Length") or 0) - self.body_bytes
        while rest > 0 and (piece := self.rfile.read1(min(rest, 1 << 16))):
            rest -= len(piece)
        try:
            self.answer(refusal.status, refusal.body())
        except Dropped:
            pass

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_request

    def classify(self):
        path = self.url_path
        if path.startswith("/_double/"):
            return "admin"
        if path == "/retry_test" or path.startswith("/retry_test/"):
            return "retry_test"
        if path.startswith(("/upload/", "/resumable/upload/")):
            if self.command == "POST":
                return "initiate"
            if self.command == "DELETE":
                return "cancel"
            content_range = self.headers.get("Content-Range", "")
            if content_range.startswith("bytes */"):
                return "query" if content_range == "bytes */*" else "finish"
            return "data"
        if path.startswith(("/storage/v1/b/", "/download/storage/v1/b/")):
            if self.query.get("alt") == "media" or path.startswith("/download/"):
                return "media"
            if path.rstrip("/").endswith("/o"):
                return "list"
            if "/o/" not in path:
                return "bucket"
            return "delete" if self.command == "DELETE" else "metadata"
        return "media"

    def early_fault(self):
        """Faults that come before any work; True when the request is answered."""
        fault = self.fault
        if "lose_session" in fault and "upload_id" in self.query:
            session = self.double.store.sessions.get(self.query["upload_id"])
            if session:
                session.ended_with = fault["lose_session"]
        if "forget_bytes" in fault and "upload_id" in self.query:
            session = self.double.store.session(self.query["upload_id"])
            del session.data[max(0, len(session.data) - fault["forget_bytes"]):]
        if fault.get("html"):
            self.read_body()
            self.answer(200, b"<html><body>Welcome! Please sign in.</body></html>", {"Content-Type": "text/html"})
            return True
        if "reset_after_bytes" in fault and self.kind != "data":
            self.read_body(fault["reset_after_bytes"])
            self.reset()
        if "status" in fault and not fault.get("after"):
            self.read_body()
            self.refuse_as_told()
            return True
        return False

    def refuse_as_told(self):
        fault = self.fault
        refusal = Refusal(fault["status"], fault.get("message", "scripted"), fault.get("reason", "scripted"))
        self.answer(fault["status"], refusal.body(), fault.get("headers"))

    def succeed(self, status, body=b"", headers=None):
        if "status" in self.fault:
            return self.refuse_as_told()
        return self.answer(status, body, headers)

    def check_token(self):
        if self.double.token_check is None:
            return
        problem = self.double.token_check(self.headers.get("Authorization", ""), self.double.store.now())
        if problem:
            raise Refusal(401, f"Invalid Credentials: {problem}", "authError")

    # Uploads

    def do_initiate(self):
        body = self.read_body()
        match = re.fullmatch(r"(?:/resumable)?/upload/storage/v1/b/([^/]+)/o", self.url_path)
        if not match or self.query.get("uploadType") != "resumable":
            raise Refusal(400, "Only resumable uploads are served here.", "invalid")
        try:
            resource = json.loads(body or b"{}")
        except ValueError:
            raise Refusal(400, "Parse Error", "parseError") from None
        resource.setdefault("name", self.query.get("name", ""))
        if not resource["name"]:
            raise Refusal(400, "Required object name.", "required")
        resource.setdefault("contentType", self.headers.get("X-Upload-Content-Type", "application/octet-stream"))
        declared = self.headers.get("X-Upload-Content-Length")
        bucket = urllib.parse.unquote(match[1])
        with self.double.lock:
            session = self.double.store.initiate(bucket, resource, int(declared) if declared else None,
                                                 self.query.get("ifGenerationMatch") == "0")
        location = (f"http://{self.headers['Host']}/upload/storage/v1/b/{match[1]}/o?uploadType=resumable"
                    f"&name={urllib.parse.quote(resource['name'], safe='')}&upload_id={session.id}")
        self.succeed(200, b"", {"Location": location})

    def content_range(self):
        match = CONTENT_RANGE.match(self.headers.get("Content-Range", ""))
        if not match:
            raise Refusal(400, "Failed to parse Content-Range header.", "badRequest")
        return tuple(int(part) if part and part.isdigit() else None for part in match.groups())

    def do_data(self):
        store = self.double.store
        first, last, total = self.content_range()
        length = int(self.headers.get("Content-Length") or 0)
        if length != last + 1 - first:
            raise Refusal(400, f"Content-Length {length} is not that of the Content-Range.", "badRequest")
        content = self.read_body(self.fault.get("reset_after_bytes"))
        if self.fault.get("flip_bit") and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        with self.double.lock:
            session = store.session(self.query.get("upload_id"))
            store.check_chunk(session, first, last, total)
            if len(content) < length:
                # The connection was cut: whole quanta are kept, the rest is lost.
                store.append(session, first, content[:len(content) // QUANTUM * QUANTUM])
                if "reset_after_bytes" in self.fault:
                    self.reset()
                self.close_connection = True
                raise Dropped
            if session.object is None:
                store.append(session, first, content, self.fault.get("commit_bytes"))
                session.unreported = min(self.fault.get("unreported_bytes", 0), len(session.data))
            whole = total is not None and len(session.data) == total and not session.unreported
            if session.object is None and not whole:
                return self.answer_persisted(session)
            finished = store.finish(session, self.hash_header(), self.fault.get("damage_stored", False))
        return self.succeed(200, finished.resource())

    def hash_header(self):
        pairs = (part.strip().split("=", 1) for part in self.headers.get("X-Goog-Hash", "").split(",") if "=" in part)
        return dict(pairs)

    def answer_persisted(self, session):
        headers = {}
        if session.reported() > 0 and not self.fault.get("omit_range"):
            headers["Range"] = f"bytes=0-{session.reported() - 1}"
        self.succeed(308, b"", headers)

    def do_query(self):
        self.read_body()
        with self.double.lock:
            session = self.double.store.session(self.query.get("upload_id"))
            session.unreported = min(self.fault.get("unreported_bytes", 0), len(session.data))
            complete = session.object is not None
            if self.fault.get("complete") and len(session.data) == session.total:
                complete = True
            if not complete:
                self.answer_persisted(session)
                return
            finished = self.double.store.finish(session)
        self.succeed(200, finished.resource())

    def do_finish(self):
        self.read_body()
        total = self.content_range()[2]
        with self.double.lock:
            session = self.double.store.session(self.query.get("upload_id"))
            session.unreported = 0
            if session.object is None and len(session.data) != total:
                return self.answer_persisted(session)
            finished = self.double.store.finish(session, self.hash_header(), self.fault.get("damage_stored", False))
        return self.succeed(200, finished.resource())

    def do_cancel(self):
        with self.double.lock:
            self.double.store.cancel(self.query.get("upload_id"))

    # Reading

    def object_path(self):
        match = re.fullmatch(r"/storage/v1/b/([^/]+)(?:/o/(.+))?", self.url_path)
        if not match:
            raise Refusal(404, "Not Found", "notFound")
        return urllib.parse.unquote(match[1]), urllib.parse.unquote(match[2] or "")

    def do_bucket(self):
        bucket = self.object_path()[0]
        self.double.store.bucket(bucket)
        self.succeed(200, {"kind": "storage#bucket", "name": bucket})

    def do_metadata(self):
        self.succeed(200, self.double.store.find(*self.object_path()).resource())

    def do_delete(self):
        with self.double.lock:
            self.double.store.delete(*self.object_path(), self.query.get("ifGenerationMatch"))
        self.succeed(204)

    def do_list(self):
        bucket = urllib.parse.unquote(self.url_path.split("/")[4])
        prefix = self.query.get("prefix", "")
        found = self.double.store.bucket(bucket)
        items = [found[name].resource() for name in sorted(found) if name.startswith(prefix)]
        self.succeed(200, {"kind": "storage#objects", "items": items})

    def do_media(self):
        match = (re.fullmatch(r"(?:/download)?/storage/v1/b/([^/]+)/o/(.+)", self.url_path) or
                 re.fullmatch(r"/([^/]+)/(.+)", self.url_path))
        if not match:
            raise Refusal(404, "Not Found", "notFound")
        found = self.double.store.find(urllib.parse.unquote(match[1]), urllib.parse.unquote(match[2]))
        headers = {"Content-Type": found.content_type, "Accept-Ranges": "bytes", "ETag": f'"{found.md5}"',
                   "x-goog-generation": str(found.generation),
                   "x-goog-hash": f"crc32c={found.crc32c},md5={found.md5}"}
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        size = len(found.content)
        if not wanted or wanted[1] + wanted[2] == "":
            headers["Content-Length"] = str(size)
            return self.succeed(200, found.content, headers)
        if wanted[1]:
            first, last = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
        else:
            first, last = max(0, size - int(wanted[2])), size - 1
        if first > last:
            return self.succeed(416, b"", {"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        headers["Content-Length"] = str(last + 1 - first)
        return self.succeed(206, found.content[first:last + 1], headers)

    # Administration

    def administer(self):
        double, what = self.double, self.url_path.removeprefix("/_double/")
        body = json.loads(self.read_body() or b"null")
        if what == "faults":
            if self.command == "POST":
                double.faults.add(body)
            elif self.command == "DELETE":
                double.faults.clear()
            return self.answer(200, double.faults.queue)
        if what == "requests":
            seen = list(double.requests)
            if self.command == "DELETE":
                double.requests.clear()
            return self.answer(200, seen)
        if what == "clock":
            double.offset_s += body["advance_s"]
            return self.answer(200, {"now_s": double.store.now()})
        if what == "settings":
            with double.lock:
                double.change(body)
            return self.answer(200, {})
        if what == "objects":
            return self.administer_objects(body)
        if what == "sessions":
            return self.answer(200, [{"bucket": s.bucket, "name": s.name, "persisted_bytes": len(s.data),
                                      "ended_with": s.ended_with, "complete": s.object is not None}
                                     for s in double.store.sessions.values()])
        return self.answer(404, {"error": f"no '{what}' here"})

    def administer_retry_tests(self):
        body = self.read_body()
        tests, test_id = self.double.retry_tests, self.url_path.removeprefix("/retry_test").strip("/")
        try:
            if self.command == "POST":
                return self.answer(200, tests.resource(tests.add(json.loads(body)["instructions"])))
            if self.command == "DELETE":
                tests.remove(test_id)
                return self.answer(200)
            return self.answer(200, tests.resource(test_id))
        except KeyError:
            return self.answer(404, {"error": f"no retry test '{test_id}'"})
        except UnknownInstruction as unknown:
            return self.answer(400, {"error": f"no instruction '{unknown}'"})

    def administer_objects(self, body):
        store = self.double.store
        with self.double.lock:
            if self.command == "POST":
                made = store.put(body["bucket"], body["name"], base64.b64decode(body["content_base64"]),
                                 body.get("content_type", "application/octet-stream"), body.get("metadata"))
                return self.answer(200, made.resource())
            found = [stored.resource() for objects in store.buckets.values() for stored in objects.values()]
        return self.answer(200, sorted(found, key=lambda resource: (resource["bucket"], resource["name"])))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, double):
        super().__init__(address, Handler)
        self.double = double

    def handle_error(self, request, client_address):
        kind = sys.exc_info()[0]
        # A client that went away is an everyday matter here; anything else is a defect of the double.
        if not issubclass(kind, (ConnectionError, BrokenPipeError, ValueError)):
            super().handle_error(request, client_address)


def start(buckets, **options):
    """For tests in Python: a running double in this process; .shutdown() ends it."""
    server = Server(("127.0.0.1", options.pop("port", 0)), Double(buckets, **options))
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description="a strict double of Google Cloud Storage's resumable uploads")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bucket", action="append", default=[])
    parser.add_argument("--directory")
    parser.add_argument("--jwt-public-key")
    parser.add_argument("--jwt-audience", default="https://storage.googleapis.com/")
    parser.add_argument("--exit-on-stdin-eof", action="store_true")
    arguments = parser.parse_args()
    check = None
    if arguments.jwt_public_key:
        check = jwt_check.checker(arguments.jwt_public_key, arguments.jwt_audience)
    server = Server((arguments.host, arguments.port),
                    Double(arguments.bucket or ["scenes"], arguments.directory, check))
    print(server.server_address[1], flush=True)
    if arguments.exit_on_stdin_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
