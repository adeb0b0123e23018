"""A name server on the server host of a test network: every name is that host's, unless it is told to fail."""

import pathlib
import shutil
import socket
import struct
import threading

import network

NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3
TYPE_A = 1


class NameServer:
    """`mode`: answer, silent, servfail, nxdomain. `delay_s` before every answer. `questions` counts what was asked."""

    def __init__(self, hosts, mode="answer", delay_s=0.0):
        self.mode, self.delay_s, self.questions = mode, delay_s, 0
        with hosts.inside_server():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((network.SERVER_ADDRESS, 53))
        self.socket.settimeout(0.1)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        # `ip netns exec` puts what is in this folder in the place of the files of /etc.
        self.settings = pathlib.Path("/etc/netns") / hosts.client

    def __enter__(self):
        self.settings.mkdir(parents=True)
        # The resolver's own patience is 5 s, twice.
        (self.settings / "resolv.conf").write_text(f"nameserver {network.SERVER_ADDRESS}\n"
                                                   "options timeout:1 attempts:1\n")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.socket.close()
        shutil.rmtree(self.settings)

    def serve(self):
        while not self.stopping.is_set():
            try:
                question, asker = self.socket.recvfrom(512)
            except TimeoutError:
                continue
            self.questions += 1
            if self.mode != "silent":
                self.stopping.wait(self.delay_s)
                self.socket.sendto(self.reply(question), asker)

    def reply(self, question):
        """To a message with one question (RFC 1035, 4.1)."""
        end = question.index(b"\0", 12) + 5
        kind = struct.unpack_from(">H", question, end - 4)[0]
        code = {"servfail": SERVER_FAILURE, "nxdomain": NO_SUCH_NAME}.get(self.mode, NO_ERROR)
        address = self.mode == "answer" and kind == TYPE_A
        header = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, int(address), 0, 0)
        record = struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 0, 4) + socket.inet_aton(network.SERVER_ADDRESS)
        return header + question[12:end] + (record if address else b"")
