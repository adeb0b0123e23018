"""A proxy in front of a plain-HTTP server that breaks chosen requests on their way.

    fault_proxy.py --upstream http://127.0.0.1:7480     first line on stdout, JSON: {"endpoint": ...}

It ends when its stdin ends. Requests go on byte for byte, the Host header too, so that signatures hold.

    POST /_proxy/faults    a list of faults, appended to the queue      GET shows the queue      DELETE empties it
    GET  /_proxy/requests  [{"method", "target", "body_bytes", "status"}], status 0: never answered     DELETE forgets

A fault is taken by the first request that it fits: {"method": "PUT", "contains": part of the target, "skip": requests
that fit and are spared first, "times": 1, -1 for ever} and one of
    {"cut_body_after": K}     K bytes of the body go on, then both connections are reset
    {"flip_bit": true}        a bit of the body's last byte is turned on its way
    {"drop_answer": true}     the server does it, the client never hears of it
    {"truncate_answer": K}    the client gets the first K bytes of the answer's body
    {"stall_s": N}            nothing happens for N seconds, then the connection is closed
    {"delay_s": N}            it goes on after N seconds
    {"hold": true}            it goes on when the queue is emptied
    {"status": 503, "headers": {}}   answered so by the proxy itself, the server knows nothing
"""

import argparse
import json
import socket
import struct
import sys
import threading
import time

PIECE = 64 * 1024


class Closed(Exception):
    pass


class Stream:
    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def fill(self):
        piece = self.connection.recv(PIECE)
        if not piece:
            raise Closed
        self.buffer += piece

    def head(self):
        """(first line, [(name, value)], the bytes of it all)"""
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        raw, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        return lines[0], headers, raw + b"\r\n\r\n"

    def body(self, length):
        while length > 0:
            if not self.buffer:
                self.fill()
            piece, self.buffer = self.buffer[:length], self.buffer[length:]
            length -= len(piece)
            yield piece

    def chunked(self):
        """The content of a chunked body."""
        while True:
            while b"\r\n" not in self.buffer:
                self.fill()
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            yield from self.body(size)
            list(self.body(2))
            if size == 0:
                return


class Proxy:
    def __init__(self, upstream):
        host, _, port = upstream.removeprefix("http://").partition(":")
        self.address = (host, int(port))
        self.faults, self.requests, self.lock = [], [], threading.Lock()
        self.released = threading.Event()

    def take(self, method, target):
        with self.lock:
            for fault in self.faults:
                if fault.get("method", method) != method or fault.get("contains", "") not in target:
                    continue
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] == 0:
                    self.faults.remove(fault)
                return fault
        return {}

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client, server = Stream(connection), None
        try:
            while True:
                first, headers, raw = client.head()
                method, target, _ = first.split(" ", 2)
                length = int(dict((name.lower(), value) for name, value in headers).get("content-length", 0))
                if target.startswith("/_proxy/"):
                    self.administer(connection, method, target, b"".join(client.body(length)))
                    continue
                row = {"method": method, "target": target, "body_bytes": 0, "status": 0}
                with self.lock:
                    self.requests.append(row)
                fault = self.take(method, target)
                time.sleep(fault.get("delay_s", 0))
                if fault.get("hold"):
                    self.released.wait()
                if "stall_s" in fault:
                    time.sleep(fault["stall_s"])
                    raise Closed
                if "status" in fault:
                    for piece in client.body(length):
                        row["body_bytes"] += len(piece)
                    row["status"] = fault["status"]
                    connection.sendall(self.answer(fault["status"], b"", fault.get("headers", {})))
                    continue
                server = server or self.connect()
                self.forward(client, server, raw, length, fault, row)
                self.give_back(connection, server, method, fault, row)
        except (Closed, OSError):
            pass
        finally:
            connection.close()
            if server:
                server.connection.close()

    def connect(self):
        connection = socket.create_connection(self.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Stream(connection)

    def forward(self, client, server, raw, length, fault, row):
        server.connection.sendall(raw)
        cut = fault.get("cut_body_after")
        for piece in client.body(length):
            row["body_bytes"] += len(piece)
            if cut is not None and row["body_bytes"] >= cut:
                server.connection.sendall(piece[:len(piece) - (row["body_bytes"] - cut)])
                for stream in (client, server):
                    stream.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise Closed
            if fault.get("flip_bit") and row["body_bytes"] == length:
                piece = piece[:-1] + bytes([piece[-1] ^ 1])
            server.connection.sendall(piece)

    def give_back(self, connection, server, method, fault, row):
        first, headers, raw = server.head()
        while first.split(" ")[1] == "100":
            first, headers, raw = server.head()
        lower = {name.lower(): value for name, value in headers}
        row["status"] = int(first.split(" ")[1])
        chunked = lower.get("transfer-encoding", "").lower() == "chunked"
        if method == "HEAD" or row["status"] in (204, 304):
            body = b""
        elif chunked:
            body = b"".join(server.chunked())
        else:
            body = b"".join(server.body(int(lower.get("content-length", 0))))
        if fault.get("drop_answer"):
            raise Closed
        if chunked:
            lines = [first] + [f"{name}: {value}" for name, value in headers if name.lower() != "transfer-encoding"]
            raw = ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n").encode("latin-1")
        if "truncate_answer" in fault:
            connection.sendall(raw + body[:fault["truncate_answer"]])
            raise Closed
        connection.sendall(raw + body)
        if lower.get("connection", "").lower() == "close":
            raise Closed

    @staticmethod
    def answer(status, body, headers=None):
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def administer(self, connection, method, target, body):
        with self.lock:
            if target == "/_proxy/faults" and method == "POST":
                self.faults += json.loads(body)
            elif target == "/_proxy/faults" and method == "DELETE":
                self.faults = []
                self.released.set()
                self.released = threading.Event()
            elif target == "/_proxy/requests" and method == "DELETE":
                self.requests = []
            reply = self.faults if target == "/_proxy/faults" else self.requests
            reply = json.dumps(reply).encode()
        connection.sendall(self.answer(200, reply))


def start(upstream):
    """The port of a proxy that lives as long as this process, and the proxy."""
    proxy = Proxy(upstream)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=proxy.serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1], proxy


def main():
    parser = argparse.ArgumentParser(description="A proxy that breaks chosen requests")
    parser.add_argument("--upstream", required=True)
    port, _ = start(parser.parse_args().upstream)
    print(json.dumps({"endpoint": f"http://127.0.0.1:{port}"}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
