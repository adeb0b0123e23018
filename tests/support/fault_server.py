"""A server that behaves badly in one way per path, on raw sockets so that nothing repairs what it does.

Prints its port, then one line per request: method, path and the number of body bytes that it has read. Ends with its
standard input. With --certificate and --key it speaks TLS, with --tls-maximum no newer than that.

  /ok          200, JSON, a right Date         /date/OFFSET  200, Date shifted by so many seconds
  /aged/OFFSET the same from a cache           /moved/OFFSET 302 elsewhere with such a Date
  /portal      200, a web page, Date of 2001   /reset        reset after the request's head
  /truncated   shorter than Content-Length     /garbage      no HTTP at all
  /silent      reads, never answers            /hole/N       reads N bytes of the body, then nothing more
  /trickle     a body byte now and then        /trickle-head a header byte now and then
  /headers     headers without end             /header       one header line without end
  /early       503 before the body is read     /discard      reads the body as fast as it comes, then 200
  /cut/N       resets after N body bytes       /slow-reader  reads 640 kB in a second
"""

import argparse
import email.utils
import socket
import ssl
import struct
import sys
import threading
import time
import warnings

PIECE = 64 * 1024


class Closed(Exception):
    pass


def answer(status, body=b"", headers=(), shift_s=0.0):
    lines = [f"HTTP/1.1 {status} X", f"Date: {email.utils.formatdate(time.time() + shift_s, usegmt=True)}",
             f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Connection:
    def __init__(self, peer):
        self.peer = peer
        self.buffer = b""
        self.body_read = 0

    def run(self):
        while True:
            head = self.read_head()
            method, path = head[0].split()[:2]
            length = 0
            for line in head[1:]:
                name, _, value = line.partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            self.body_read = 0
            try:
                self.serve(path.partition("?")[0].strip("/").split("/"), length)
            finally:
                print(method, path, self.body_read, flush=True)

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
            if self.buffer.startswith(b"\x16"):  # the first byte of a TLS handshake
                self.send(answer(400))
                raise Closed
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head.decode("latin-1").split("\r\n")

    def fill(self):
        got = self.peer.recv(PIECE)
        if not got:
            raise Closed
        self.buffer += got

    def read_body(self, length):
        while self.body_read < length:
            if not self.buffer:
                self.fill()
            taken = min(len(self.buffer), length - self.body_read)
            self.buffer = self.buffer[taken:]
            self.body_read += taken

    def send(self, data):
        self.peer.sendall(data)

    def reset(self):
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Closed

    def for_ever(self, begin, piece, pause_s):
        self.send(begin)
        while True:
            self.send(piece)
            time.sleep(pause_s)

    def hold(self):
        """Until the other side gives up; what comes is not read."""
        while not HOLD.wait(60):
            pass

    def serve(self, path, length):
        name, argument = path[0], int(path[1]) if len(path) > 1 else 0
        json = ["Content-Type: application/json"]
        if name == "early":
            self.send(answer(503, b"{}", [*json, "Retry-After: 7", "Connection: close"]))
            raise Closed
        if name == "hole":
            self.read_body(min(argument, length))
            self.hold()
        if name == "cut":
            self.read_body(min(argument, length))
            self.reset()
        if name == "reset":
            self.reset()
        if name == "slow-reader":
            while self.body_read < length:
                self.read_body(min(length, self.body_read + PIECE))
                time.sleep(0.1)
        self.read_body(length)
        if name in ("ok", "discard", "slow-reader"):
            self.send(answer(200, b"{}", json))
        elif name == "date":
            self.send(answer(200, b"{}", json, argument))
        elif name == "aged":
            self.send(answer(200, b"{}", [*json, "Age: 100"], argument))
        elif name == "moved":
            self.send(answer(302, b"", ["Location: http://portal.invalid/"], argument))
        elif name == "portal":
            page = b"<!DOCTYPE html><html><title>Harbour WiFi</title>"
            self.send(answer(200, page, ["Content-Type: text/html"], -8e8))
        elif name == "truncated":
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            raise Closed
        elif name == "garbage":
            self.send(b"\x00\x01\x02 this is not HTTP \xff\r\n\r\n")
            raise Closed
        elif name == "silent":
            self.hold()
        elif name == "trickle":
            self.for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", 0.1)
        elif name == "trickle-head":
            self.for_ever(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.1)
        elif name == "headers":
            self.for_ever(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n", 0)
        elif name == "header":
            self.for_ever(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 1000, 0)
        else:
            self.send(answer(404, b"{}", json))


HOLD = threading.Event()


def serve_peer(peer, context):
    with peer:
        try:
            with (context.wrap_socket(peer, server_side=True) if context else peer) as channel:
                Connection(channel).run()
        except (Closed, OSError):
            pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--tls-maximum")
    arguments = parser.parse_args()
    context = None
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # or OpenSSL 3 would not speak what is to be refused
        if arguments.tls_maximum:
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion[arguments.tls_maximum]
        context.load_cert_chain(arguments.certificate, arguments.key)
    listener = socket.socket()
    # A small window, which is agreed on before the connection is: what is not read is not taken either.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def accept():
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=serve_peer, args=(peer, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
