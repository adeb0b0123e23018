"""A strict double of Amazon S3 for uploads: what Ceph RGW and Swift do not do or do not check.

    s3_double.py --bucket scenes [--port 0]     first line on stdout, JSON: {"endpoint", "region", "access_key", ...}

It ends when its stdin ends. Path-style addressing only. Checked: signatures (aws_sigv4.py), the clock (15 minutes),
Content-MD5, x-amz-content-sha256, x-amz-checksum-crc32c of parts and of the whole object, If-None-Match, sizes and
order of parts. Breaking things on the way is fault_proxy.py's work.

Administration, JSON, without signature:
    POST /_double/settings  any of {"part_min_bytes", "page_limit", "if_none_match", "complete_twice", "clock_offset_s",
                            "full_object_checksum", "session_token", "expired_tokens"}
    POST /_double/faults    [{"operation": "PutObject" | "UploadPart" | "CompleteMultipartUpload" | ..., "status": 409,
                            "code": "ConditionalRequestConflict", "times": 1, "after": false}], appended to the queue;
                            status 200 sends the error in an answer 200
    POST /_double/forget    {}: every open upload is gone
    POST /_double/objects   {"name", "content_base64", "headers"}             DELETE {"name"} removes it
    GET  /_double/requests  [{"operation", "status", "bytes", "part"}]        DELETE forgets them
"""

import argparse
import base64
import datetime
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import aws_sigv4  # noqa: E402
from s3_store import Refusal, Store  # noqa: E402

REGION, ACCESS_KEY, SECRET_KEY = "eu-test-1", "AKDOUBLE", "SKDOUBLE"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class Double:
    def __init__(self, buckets):
        self.store = Store(buckets)
        self.lock = threading.RLock()
        self.clock_offset_s = 0.0
        self.full_object_checksum = True
        self.session_token = None
        self.expired_tokens = []
        self.faults = []
        self.requests = []

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.clock_offset_s, datetime.timezone.utc)

    def take_fault(self, operation):
        with self.lock:
            for fault in self.faults:
                if fault["operation"] == operation:
                    fault["times"] = fault.get("times", 1) - 1
                    if fault["times"] == 0:
                        self.faults.remove(fault)
                    return fault
        return None

    def apply(self, settings):
        for name, value in settings.items():
            target = self if hasattr(self, name) else self.store
            if not hasattr(target, name):
                raise ValueError(f"no setting '{name}'")
            setattr(target, name, value)


def error_xml(code, message):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
            f"<Message>{escape(message)}</Message><RequestId>0</RequestId></Error>").encode()


def document(root, children):
    def element(name, value):
        inner = "".join(element(*pair) for pair in value) if isinstance(value, list) else \
            escape(str(value), {'"': "&quot;"})
        return f"<{name}>{inner}</{name}>"
    inner = "".join(element(*pair) for pair in children)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'.encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def double(self):
        return self.server.double

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + self.double.clock_offset_s)

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        self.send_header("x-amz-request-id", "0")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        parts = urllib.parse.urlsplit(self.path)
        self.path_part, self.query_part = parts.path, parts.query
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        length = int(self.headers.get("Content-Length") or 0)
        try:
            self.body = self.rfile.read(length)
        except ConnectionError:
            self.body = b""
        if len(self.body) < length:
            self.close_connection = True
            return
        if self.path_part.startswith("/_double/"):
            self.administer()
            return
        self.lower = {name.lower(): value for name, value in self.headers.items()}
        operation = self.operation()
        status = 0
        try:
            status = self.serve(operation)
        except Refusal as refusal:
            status = refusal.status
            self.answer(status, error_xml(refusal.code, refusal.message), {"Content-Type": "application/xml"})
        finally:
            self.double.requests.append({"operation": operation, "status": status, "bytes": len(self.body),
                                         "part": int(self.query.get("partNumber", 0))})

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_request

    def operation(self):
        if self.command == "POST":
            return "CreateMultipartUpload" if "uploads" in self.query else "CompleteMultipartUpload"
        if self.command == "PUT":
            return "UploadPart" if "uploadId" in self.query else "PutObject"
        if self.command == "DELETE":
            return "AbortMultipartUpload"
        if self.command == "GET":
            if "uploads" in self.query:
                return "ListMultipartUploads"
            return "ListParts" if "uploadId" in self.query else "GetObject"
        return "HeadObject"

    def serve(self, operation):
        self.check_signature()
        fault = self.double.take_fault(operation)
        if fault and not fault.get("after"):
            return self.fail_as_told(fault)
        bucket, _, name = self.path_part[1:].partition("/")
        name = urllib.parse.unquote(name)
        with self.double.lock:
            status, body, headers = getattr(self, operation)(bucket, name)
        if fault:
            return self.fail_as_told(fault)
        self.answer(status, body, headers)
        return status

    def fail_as_told(self, fault):
        body = error_xml(fault["code"], "as told")
        # An answer 200 begins before the work is done, with blanks while it lasts.
        self.answer(fault["status"], b"\n  \n" * (fault["status"] == 200) + body, fault.get("headers"))
        return fault["status"]

    def check_signature(self):
        token = self.lower.get("x-amz-security-token")
        if token in self.double.expired_tokens:
            raise Refusal(400, "ExpiredToken", "The provided token has expired.")
        if token != self.double.session_token:
            raise Refusal(403, "InvalidAccessKeyId", "The token is not that of the key.")
        found = aws_sigv4.problem(self.command, self.path_part, self.query_part, self.lower, {ACCESS_KEY: SECRET_KEY},
                                  REGION, self.double.now())
        if found:
            raise Refusal(400 if found[0] == "AuthorizationHeaderMalformed" else 403, *found)

    # Operations: (status, body, headers)

    def PutObject(self, bucket, name):
        stored = self.double.store.put(bucket, name, self.body, self.lower)
        return 200, b"", {"ETag": f'"{stored.tag}"', "x-amz-checksum-crc32c": stored.crc32c}

    def HeadObject(self, bucket, name):
        stored = self.double.store.get(bucket, name)
        return 200, b"", {**stored.headers, "ETag": f'"{stored.tag}"', "Content-Length": str(len(stored.content))}

    def GetObject(self, bucket, name):
        status, _, headers = self.HeadObject(bucket, name)
        return status, self.double.store.get(bucket, name).content, headers

    def CreateMultipartUpload(self, bucket, name):
        upload_id = self.double.store.create(bucket, name, self.lower)
        return 200, document("InitiateMultipartUploadResult",
                             [("Bucket", bucket), ("Key", name), ("UploadId", upload_id)]), {}

    def UploadPart(self, bucket, name):
        number = int(self.query["partNumber"])
        part = self.double.store.put_part(bucket, name, self.query["uploadId"], number, self.body, self.lower)
        headers = {"ETag": f'"{part.tag}"'}
        if part.checksum:
            headers["x-amz-checksum-crc32c"] = part.checksum
        return 200, b"", headers

    def ListParts(self, bucket, name):
        marker = int(self.query.get("part-number-marker", 0))
        page, more = self.double.store.list_parts(bucket, name, self.query["uploadId"], marker,
                                                  int(self.query.get("max-parts", 1000)))
        rows = [("PartNumberMarker", marker), ("NextPartNumberMarker", page[-1][0] if page else marker),
                ("IsTruncated", "true" if more else "false")]
        rows += [("Part", [("PartNumber", number), ("ETag", f'"{part.tag}"'), ("Size", len(part.content))] +
                  ([("ChecksumCRC32C", part.checksum)] if part.checksum else [])) for number, part in page]
        return 200, document("ListPartsResult", rows), {}

    def CompleteMultipartUpload(self, bucket, name):
        try:
            root = ElementTree.fromstring(self.body)
        except ElementTree.ParseError:
            raise Refusal(400, "MalformedXML") from None

        def text(element, child):
            found = element.find(f"{{{NAMESPACE}}}{child}")
            return None if found is None else (found.text or "").strip('"')
        wanted = [(int(text(part, "PartNumber")), text(part, "ETag"), text(part, "ChecksumCRC32C")) for part in root]
        stored = self.double.store.complete(bucket, name, self.query["uploadId"], wanted, self.lower)
        rows = [("Bucket", bucket), ("Key", name), ("ETag", f'"{stored.tag}"')]
        if self.double.full_object_checksum and getattr(stored, "checksum_type", None) == "FULL_OBJECT":
            rows += [("ChecksumCRC32C", stored.crc32c), ("ChecksumType", "FULL_OBJECT")]
        return 200, document("CompleteMultipartUploadResult", rows), {}

    def AbortMultipartUpload(self, bucket, name):
        self.double.store.abort(bucket, name, self.query["uploadId"])
        return 204, b"", {}

    def ListMultipartUploads(self, bucket, _):
        rows = [("Upload", [("Key", upload.name), ("UploadId", upload_id)])
                for upload_id, upload in self.double.store.uploads.items() if upload.bucket == bucket]
        return 200, document("ListMultipartUploadsResult", [("Bucket", bucket), *rows]), {}

    # Administration

    def administer(self):
        double, what = self.double, re.sub(".*/", "", self.path_part)
        given = json.loads(self.body or b"null")
        reply = {}
        with double.lock:
            if what == "settings":
                double.apply(given)
            elif what == "faults":
                double.faults += given
            elif what == "forget":
                double.store.uploads.clear()
            elif what == "objects":
                bucket = next(iter(double.store.objects))
                double.store.objects[bucket].pop(given["name"], None)
                if self.command != "DELETE":
                    double.store.put(bucket, given["name"], base64.b64decode(given["content_base64"]),
                                     {**given.get("headers", {}), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
            elif what == "requests" and self.command == "DELETE":
                double.requests.clear()
            elif what == "requests":
                reply = list(double.requests)
        self.answer(200, json.dumps(reply).encode())


def start(buckets, port=0):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.double = Double(buckets)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description="A strict double of Amazon S3")
    parser.add_argument("--bucket", default="scenes")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    server = start([options.bucket], options.port)
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_address[1]}", "region": REGION,
                      "bucket": options.bucket, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
