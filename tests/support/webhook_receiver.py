"""A strict receiver of CloudEvents over HTTP with signatures of Standard Webhooks, with faults on order.

    webhook_receiver.py [--secret whsec_...]... --exit-on-stdin-eof         first line on stdout: the port

It holds a request against CloudEvents 1.0.2 (HTTP binding, binary mode; web hooks, 2.1) and against Standard Webhooks
1.0.0, and answers 400 with the reason in X-Reason, or 401 when no signature is good. Written from the two documents.

    POST   /_receiver/faults    a list, one for each coming request: {"status": 503, "headers": {}} answer so without
                                taking the event; {"drop_answer": true} take it and close; {"html": true} a portal's
                                page; {"delay_s": 2} wait first
    POST   /_receiver/secrets   ["whsec_..."]: what is accepted from now on
    GET    /_receiver/events    [{"attributes": {}, "content_type", "body", "signatures"}] of what was taken, in order
    GET    /_receiver/requests  [{"path", "status", "reason"}]
"""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse

TOLERANCE_S = 300


class Wrong(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


def decode_value(text):
    """HTTP binding, 3.1.3.2: what has to be encoded must be, and what is encoded must be UTF-8."""
    if not re.fullmatch(r"[!-~]*", text) or '"' in text:
        raise Wrong(400, f"header value {text!r} has characters that must be percent-encoded")
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Wrong(400, f"header value {text!r} has a bare percent sign")
    try:
        return urllib.parse.unquote_to_bytes(text).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Wrong(400, f"header value {text!r} is not UTF-8") from None


def attributes_of(headers):
    found = {}
    for name, value in headers.items():
        if not name.lower().startswith("ce-"):
            continue
        attribute = name.lower()[3:]
        if not re.fullmatch(r"[a-z0-9]{1,20}", attribute) or attribute in found:
            raise Wrong(400, f"'{attribute}' is no name of an attribute, or came twice")
        found[attribute] = decode_value(value)
    if "datacontenttype" in found:
        raise Wrong(400, "ce-datacontenttype must not be there, Content-Type says it")
    for name in ("id", "source", "specversion", "type"):
        if not found.get(name):
            raise Wrong(400, f"no '{name}'")
    if found["specversion"] != "1.0":
        raise Wrong(400, "specversion is not 1.0")
    if "time" in found and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", found["time"]):
        raise Wrong(400, "time is not RFC 3339")
    if any(not value for value in found.values()):
        raise Wrong(400, "an attribute is empty")
    return found


def check_signature(headers, body, secrets, now_s):
    """How many signatures there are; Wrong when none of them is by a secret of ours."""
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identity or "." in identity or not stamp.isdigit():
        raise Wrong(401, "webhook-id or webhook-timestamp is missing")
    if abs(int(stamp) - now_s) > TOLERANCE_S:
        raise Wrong(401, "webhook-timestamp is too old or too new")
    given = headers.get("webhook-signature", "").split(" ")
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        expected = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        for one in given:
            version, _, text = one.partition(",")
            if version == "v1" and hmac.compare_digest(text, base64.b64encode(expected).decode()):
                return len(given)
    raise Wrong(401, "no signature is good")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.administer(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/_receiver/"):
            return self.administer(json.loads(body))
        server = self.server
        with server.lock:
            fault = server.faults.pop(0) if server.faults else {}
        time.sleep(fault.get("delay_s", 0))
        if fault.get("html"):
            self.note(200, "page")
            return self.answer(200, b"<html><title>Harbour</title></html>", {"Content-Type": "text/html"})
        if "status" in fault:
            self.note(fault["status"], "scripted")
            return self.answer(fault["status"], b"", fault.get("headers"))
        try:
            self.take(body)
        except Wrong as wrong:
            self.note(wrong.status, wrong.reason)
            return self.answer(wrong.status, b"", {"X-Reason": wrong.reason})
        self.note(204, "")
        if fault.get("drop_answer"):
            self.close_connection = True
            return None
        return self.answer(204)

    def take(self, body):
        content_type = self.headers.get("Content-Type", "")
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(;.*)?", content_type) or not body:
            raise Wrong(400, "a web hook has a Content-Type and a body")
        signatures = 0
        if self.server.secrets:
            signatures = check_signature(self.headers, body, self.server.secrets, time.time())
        attributes = attributes_of(self.headers)
        if signatures and self.headers["webhook-id"] != attributes["id"]:
            raise Wrong(400, "webhook-id is not the event's id")
        json.loads(body)
        with self.server.lock:
            self.server.events.append({"attributes": attributes, "content_type": content_type, "body": body.decode(),
                                       "signatures": signatures})

    def note(self, status, reason):
        with self.server.lock:
            self.server.requests.append({"path": self.path, "status": status, "reason": reason})

    def administer(self, body):
        server, what = self.server, self.path.removeprefix("/_receiver/")
        with server.lock:
            if what == "faults" and body is not None:
                server.faults += body
            if what == "secrets" and body is not None:
                server.secrets = body
            found = {"events": server.events, "requests": server.requests, "faults": server.faults}.get(what, [])
            text = json.dumps(found).encode()
        self.answer(200, text, {"Content-Type": "application/json"})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, secrets):
        super().__init__(("127.0.0.1", 0), Handler)
        self.secrets, self.faults, self.events, self.requests = secrets, [], [], []
        self.lock = threading.Lock()


def main():
    parser = argparse.ArgumentParser(description="a strict receiver of signed CloudEvents")
    parser.add_argument("--secret", action="append", default=[])
    parser.add_argument("--exit-on-stdin-eof", action="store_true")
    arguments = parser.parse_args()
    server = Server(arguments.secret)
    print(server.server_address[1], flush=True)
    if arguments.exit_on_stdin_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
