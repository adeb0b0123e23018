"""OpenSSH's sshd for tests: `sftp_server.py FOLDER HOST_KEY AUTHORIZED_KEYS` serves FOLDER as everybody's home, over
SFTP only, one sshd per connection behind a front that can break it.

Prints the port. Reads orders, which hold for every connection until the next order, and answers each with "ok":
  cut N   end the session after N bytes from the client      hole N  from then on pass nothing more, in no direction
  mute    accept, and say nothing                            clear   none of these
Ends with its standard input. Exit code 77: there is no sshd here.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading

SSHD = "/usr/sbin/sshd"
CONFIG = """\
HostKey {host_key}
AuthorizedKeysFile {authorized_keys}
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PidFile none
LogLevel QUIET
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {folder}
"""

ORDER = {"kind": "clear", "bytes": 0}


class Session:
    def __init__(self, peer, config):
        self.peer = peer
        self.order = dict(ORDER)
        self.config = config
        self.passed = 0
        self.hole = threading.Event()

    def run(self):
        if self.order["kind"] == "mute":
            self.hole.wait()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                sshd = subprocess.Popen([SSHD, "-i", "-f", self.config], stdin=theirs, stdout=theirs,
                                        stderr=subprocess.DEVNULL)
            threading.Thread(target=self.pump_back, args=(ours,), daemon=True).start()
            try:
                self.pump(ours)
            except OSError:
                pass
            finally:
                # The session process, not only its connection: nothing of what it has not written comes later.
                sshd.kill()
                sshd.wait()
                self.peer.close()

    def pump(self, server):
        while data := self.peer.recv(65536):
            kind, limit = self.order["kind"], self.order["bytes"]
            if kind in ("cut", "hole") and self.passed + len(data) >= limit:
                server.sendall(data[: limit - self.passed])
                if kind == "cut":
                    return
                self.hole.set()
                threading.Event().wait()
            server.sendall(data)
            self.passed += len(data)

    def pump_back(self, server):
        try:
            while (data := server.recv(65536)) and not self.hole.is_set():
                self.peer.sendall(data)
            if not self.hole.is_set():
                self.peer.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    if not os.path.exists(SSHD):
        sys.exit(77)
    folder, host_key, authorized_keys = sys.argv[1:4]
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # sshd insists on its empty folder
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write(CONFIG.format(host_key=host_key, authorized_keys=authorized_keys, folder=folder))
        config.flush()
        listener = socket.create_server(("127.0.0.1", 0))

        def accept():
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=Session(peer, config.name).run, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        print(listener.getsockname()[1], flush=True)
        for line in sys.stdin:
            kind, _, number = line.strip().partition(" ")
            ORDER.update(kind=kind, bytes=int(number or 0))
            print("ok", flush=True)


if __name__ == "__main__":
    main()
