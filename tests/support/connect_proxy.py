"""A small HTTP proxy: CONNECT for tunnels, absolute addresses for plain http; with --login USER:PASSWORD only for those
who say so. Every name is taken for 127.0.0.1, so that tests need no name server.

Prints its port, then per request "METHOD TARGET" and what of the request's headers could be a secret that is not the
proxy's. Ends with its standard input.
"""

import argparse
import base64
import socket
import sys
import threading
import urllib.parse


def read_head(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        got = peer.recv(65536)
        if not got:
            return None, b""
        data += got
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode("latin-1").split("\r\n"), rest


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(peer, server):
    back = threading.Thread(target=pump, args=(server, peer), daemon=True)
    back.start()
    pump(peer, server)
    back.join()


def serve(peer, login):
    with peer:
        head, rest = read_head(peer)
        if head is None:
            return
        method, target, _ = head[0].split()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        print(method, target, headers.get("authorization", "-"), flush=True)
        wanted = "Basic " + base64.b64encode(login.encode()).decode() if login else None
        if wanted and headers.get("proxy-authorization") != wanted:
            peer.sendall(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                         b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if method == "CONNECT":
            port, path = int(target.rpartition(":")[2]), None
        else:
            address = urllib.parse.urlsplit(target)
            port, path = address.port or 80, address.path or "/"
        try:
            server = socket.create_connection(("127.0.0.1", port))
        except OSError:
            peer.sendall(b"HTTP/1.1 502 Nobody there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with server:
            if method == "CONNECT":
                peer.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                forwarded = [line for line in head[1:] if not line.lower().startswith("proxy-")]
                lines = [f"{method} {path} HTTP/1.1", *forwarded]
                server.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
            server.sendall(rest)
            join(peer, server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--login")
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=serve, args=(peer, arguments.login), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
