"""A network of its own for a test: a client and a server host, each a network namespace, and a cable between them.

Faults are made in the server's namespace with nftables, slow links with tc. Needs root; everything goes with the test.
"""

import contextlib
import ctypes
import os
import subprocess
import threading

import delivery

CLIENT_ADDRESS, SERVER_ADDRESS = "10.77.3.1", "10.77.3.2"
CLONE_NEWNET = 0x40000000


def run(*command, check=True, **keywords):
    return subprocess.run([str(part) for part in command], check=check, capture_output=True, text=True, timeout=60,
                          **keywords)


def need_it():
    delivery.need_program("ip", "nft", "tc")
    probe = f"dl-probe-{os.getpid()}"
    made = run("ip", "netns", "add", probe, check=False)
    if made.returncode != 0:
        delivery.skip(f"may not make a network namespace here: {made.stderr.strip()}")
    run("ip", "netns", "del", probe)


class Network:
    def __init__(self):
        self.client, self.server = f"dl-c-{os.getpid()}", f"dl-s-{os.getpid()}"
        self.client_device, self.server_device = f"dlc{os.getpid()}", f"dls{os.getpid()}"

    def __enter__(self):
        for namespace in (self.client, self.server):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", self.client, "link", "add", self.client_device, "type", "veth", "peer", "name",
            self.server_device, "netns", self.server)
        for namespace, device, address in ((self.client, self.client_device, CLIENT_ADDRESS),
                                           (self.server, self.server_device, SERVER_ADDRESS)):
            run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", device)
            run("ip", "-n", namespace, "link", "set", device, "up")
        return self

    def __exit__(self, *_):
        for namespace in (self.client, self.server):
            run("ip", "netns", "del", namespace, check=False)

    def on_client(self):
        """Put before a command: it runs on the client host."""
        return ["ip", "netns", "exec", self.client]

    def on_server(self):
        return ["ip", "netns", "exec", self.server]

    def rules(self, *lines):
        """What happens to packets that arrive at the server; none: nothing but delivery."""
        self.heal()
        body = "\n".join(f"    iifname \"{self.server_device}\" {line}" for line in lines)
        script = (f"table inet chaos {{\n  chain in {{\n    type filter hook input priority 0; policy accept;\n{body}\n"
                  "  }\n}\n")
        run(*self.on_server(), "nft", "-f", "-", input=script)

    def heal(self):
        run(*self.on_server(), "nft", "flush", "ruleset")

    def cable(self, plugged):
        run("ip", "-n", self.server, "link", "set", self.server_device, "up" if plugged else "down")

    def rate(self, text):
        """Limits what the client sends: "20mbit"."""
        run("tc", "-n", self.client, "qdisc", "replace", "dev", self.client_device, "root", "tbf", "rate", text,
            "burst", "32k", "latency", "400ms")

    def sent_bytes(self):
        """What has left the client's network card."""
        path = f"/sys/class/net/{self.client_device}/statistics/tx_bytes"
        return int(run(*self.on_client(), "cat", path).stdout)

    @contextlib.contextmanager
    def inside_server(self):
        """This thread's new sockets are the server host's while the context lasts."""
        libc = ctypes.CDLL(None, use_errno=True)

        def enter(path):
            with open(path, "rb") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {path}")

        with open(f"/proc/self/task/{threading.get_native_id()}/ns/net", "rb") as home:
            enter(f"/run/netns/{self.server}")
            try:
                yield
            finally:
                libc.setns(home.fileno(), CLONE_NEWNET)


class RemoteBucket(delivery.Bucket):
    """The double of Google Cloud Storage on the server host."""

    def __init__(self, network, *arguments):
        self.network = network
        super().__init__("--host", SERVER_ADDRESS, *arguments, prefix=network.on_server(), host=SERVER_ADDRESS)

    def call(self, *arguments):
        with self.network.inside_server():
            return super().call(*arguments)

    def objects(self):
        with self.network.inside_server():
            return super().objects()
