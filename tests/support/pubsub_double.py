"""A strict double of Google Cloud Pub/Sub's REST API, with faults on order.

    pubsub_double.py --topic projects/p/topics/scenes --port 0         first line on stdout: the port

Options: --subscription NAME (of the first topic, with ordering), --jwt-public-key FILE --jwt-audience URL (check
tokens), --exit-on-stdin-eof (ends with who started it).

It speaks topics (create, get, delete, :publish) and subscriptions (create, get, delete, :pull, :acknowledge,
:modifyAckDeadline). What it refuses stands in pubsub_store.py.

Administration, all JSON:
    POST   /_double/faults     a list of faults, appended to the queue     DELETE empties it     GET shows it
    GET    /_double/requests   [{kind, path, messages, body_bytes, encoding, authorized, status}]   DELETE forgets them
    GET    /_double/messages   all that was published: [{topic, id, data_base64, attributes, orderingKey}]
    POST   /_double/clock      {"advance_s": 600}
    POST   /_double/settings   {"deny": true} (403 to every publish)  {"shuffle_seed": 7} (pull in another order)
    POST   /_double/forget     topics, subscriptions and messages are gone, as after a kill of Google's emulator

A fault is taken by the first request that it fits: {"kind": publish | pull | acknowledge | topic | subscription, any
when missing; "contains": part of the body; "skip": requests that fit and are spared first; "times": 1, -1 for ever}
and one or more of
    {"delay_s": 2}                         wait first
    {"reset": true}                        reset the connection, nothing has happened
    {"status": 503, "headers": {}, "message": "", "code": "UNAVAILABLE"}   answer so without doing anything
    {"status": 503, "after": true}         do it, then answer so
    {"drop_answer": true}                  do it, close without an answer
    {"reset_after": true}                  do it, reset the connection
    {"truncate_answer": K}                 do it, answer with the first K bytes of the body
    {"fewer_ids": K}                       do it, leave K message ids out of the answer
    {"html": true}                         answer 200 with a portal's page, nothing has happened
    {"forget": true}                       lose all topics and messages before the request is looked at
"""

import argparse
import base64
import gzip
import http.server
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jwt_check  # noqa: E402
from pubsub_store import Refusal, Store, check_publish, parse_json  # noqa: E402

AUDIENCE = "https://pubsub.googleapis.com/"


class Faults:
    def __init__(self):
        self.queue = []
        self.lock = threading.Lock()

    def add(self, faults):
        with self.lock:
            self.queue += faults

    def clear(self):
        with self.lock:
            self.queue = []

    def take(self, kind, body):
        with self.lock:
            for fault in self.queue:
                if fault.get("kind", kind) != kind or fault.get("contains", "").encode() not in body:
                    continue
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] == 0:
                    self.queue.remove(fault)
                return fault
        return {}


class Double:
    """What all connections share."""

    def __init__(self, topics=(), token_check=None):
        self.offset_s = 0.0
        self.store = Store(lambda: time.time() + self.offset_s)
        for topic in topics:
            self.store.create_topic(topic)
        self.faults = Faults()
        self.requests = []
        self.deny = False
        self.lock = threading.RLock()
        self.token_check = token_check


class Dropped(Exception):
    """The connection is closed, there is nobody to answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "pubsub-double"

    @property
    def double(self):
        return self.server.double

    def log_message(self, *_):
        pass

    # Plumbing

    def answer(self, status, body, headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"Content-Type": "application/json; charset=UTF-8", **(headers or {})}
        self.record(status)
        if self.fault.get("drop_answer"):
            self.close_connection = True
            raise Dropped
        if self.fault.get("reset_after"):
            self.reset()
        body = body[:self.fault.get("truncate_answer", len(body))]
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def record(self, status):
        if self.kind != "admin":
            self.double.requests.append({
                "kind": self.kind, "path": self.path, "messages": self.messages, "body_bytes": self.body_bytes,
                "encoding": self.headers.get("Content-Encoding", ""),
                "authorized": "Authorization" in self.headers, "status": status})

    def read_body(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.body_bytes = len(body)
        if self.headers.get("Content-Encoding") == "gzip":
            try:
                return gzip.decompress(body)
            except (OSError, EOFError, zlib.error):
                raise Refusal(400, "The request is not gzip as its Content-Encoding says.") from None
        return body

    def reset(self):
        # Linger 0: close sends RST, as a middlebox or a crashing server does.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise Dropped

    # Dispatch

    def handle_request(self):
        self.fault, self.body_bytes, self.messages = {}, 0, 0
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.kind, name, verb = self.classify(path)
        try:
            try:
                body = self.read_body()
                if self.kind == "admin":
                    return self.administer(name, body)
                self.fault = self.double.faults.take(self.kind, body)
                time.sleep(self.fault.get("delay_s", 0))
                if self.early_fault():
                    return None
                self.check_access()
                with self.double.lock:
                    result = self.serve(name, verb, body)
                if "status" in self.fault:
                    return self.refuse_as_told()
                self.answer(200, result)
            except Refusal as refusal:
                self.answer(refusal.code, refusal.body())
        except Dropped:
            pass
        return None

    do_GET = do_PUT = do_POST = do_DELETE = handle_request

    @staticmethod
    def classify(path):
        """(kind, resource name, verb)"""
        if path.startswith("/_double/"):
            return "admin", path.removeprefix("/_double/"), ""
        name, _, verb = path.removeprefix("/v1/").partition(":")
        if verb in ("publish", "pull", "acknowledge", "modifyAckDeadline"):
            return verb, name, verb
        return ("topic" if "/topics/" in name else "subscription"), name, ""

    def early_fault(self):
        """Faults that come before any work; True when the request is answered."""
        if self.fault.get("forget"):
            with self.double.lock:
                self.double.store.forget()
        if self.fault.get("reset"):
            self.record(0)
            self.reset()
        if self.fault.get("html"):
            self.answer(200, b"<html><body>Welcome! Please sign in.</body></html>", {"Content-Type": "text/html"})
            return True
        if "status" in self.fault and not self.fault.get("after"):
            self.refuse_as_told()
            return True
        return False

    def refuse_as_told(self):
        fault = self.fault
        refusal = Refusal(fault["status"], fault.get("message", "scripted"), fault.get("code"))
        self.answer(fault["status"], refusal.body(), fault.get("headers"))

    def check_access(self):
        if self.double.token_check is not None:
            problem = self.double.token_check(self.headers.get("Authorization", ""), self.double.store.now())
            if problem:
                raise Refusal(401, f"Request had invalid authentication credentials: {problem}")
        if self.double.deny and self.kind == "publish":
            raise Refusal(403, "User not authorized to perform this action.")

    def serve(self, name, verb, body):
        store = self.double.store
        if verb == "publish":
            messages = check_publish(body)
            self.messages = len(messages)
            ids = store.publish(name, messages)
            return {"messageIds": ids[self.fault.get("fewer_ids", 0):]}
        request = parse_json(body)
        if verb == "pull":
            return self.pulled(store.pull(name, request.get("maxMessages", 1)))
        if verb == "acknowledge":
            store.acknowledge(name, request.get("ackIds", []))
            return {}
        if verb == "modifyAckDeadline":
            store.modify_deadline(name, request.get("ackIds", []), request.get("ackDeadlineSeconds", 0))
            return {}
        return self.serve_resource(name, request)

    def serve_resource(self, name, request):
        store = self.double.store
        kept = store.topics if self.kind == "topic" else store.subscriptions
        find = store.topic if self.kind == "topic" else store.subscription
        if self.command == "PUT" and self.kind == "topic":
            store.create_topic(name)
        elif self.command == "PUT":
            store.create_subscription(name, request)
        elif self.command == "DELETE":
            find(name)
            del kept[name]
        else:
            find(name)
        return {"name": name}

    @staticmethod
    def pulled(received):
        messages = []
        for ack_id, message in received:
            published_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(message["published_at"]))
            content = {"messageId": message["id"], "publishTime": published_at}
            if message["data"]:
                content["data"] = base64.b64encode(message["data"]).decode()
            if message["attributes"]:
                content["attributes"] = message["attributes"]
            if message["ordering_key"]:
                content["orderingKey"] = message["ordering_key"]
            messages.append({"ackId": ack_id, "message": content})
        return {"receivedMessages": messages} if messages else {}

    # Administration

    def administer(self, what, body):
        double = self.double
        body = json.loads(body or b"null")
        with double.lock:
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
            if what == "messages":
                return self.answer(200, [
                    {"topic": topic, "id": message["id"], "attributes": message["attributes"],
                     "orderingKey": message["ordering_key"],
                     "data_base64": base64.b64encode(message["data"]).decode()}
                    for topic, messages in double.store.topics.items() for message in messages])
            if what == "clock":
                double.offset_s += body["advance_s"]
                return self.answer(200, {"now_s": double.store.now()})
            if what == "settings":
                double.deny = body.get("deny", double.deny)
                double.store.shuffle_seed = body.get("shuffle_seed", double.store.shuffle_seed)
                return self.answer(200, {})
            if what == "forget":
                double.store.forget()
                return self.answer(200, {})
        return self.answer(404, {"error": f"no '{what}' here"})


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


def start(topics=(), **options):
    """For tests in Python: a running double in this process; .shutdown() ends it."""
    server = Server(("127.0.0.1", options.pop("port", 0)), Double(topics, **options))
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description="a strict double of Google Cloud Pub/Sub")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--subscription")
    parser.add_argument("--jwt-public-key")
    parser.add_argument("--jwt-audience", default=AUDIENCE)
    parser.add_argument("--exit-on-stdin-eof", action="store_true")
    arguments = parser.parse_args()
    check = None
    if arguments.jwt_public_key:
        check = jwt_check.checker(arguments.jwt_public_key, arguments.jwt_audience)
    double = Double(arguments.topic, check)
    if arguments.subscription:
        double.store.create_subscription(arguments.subscription,
                                         {"topic": arguments.topic[0], "enableMessageOrdering": True})
    server = Server(("127.0.0.1", arguments.port), double)
    print(server.server_address[1], flush=True)
    if arguments.exit_on_stdin_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
