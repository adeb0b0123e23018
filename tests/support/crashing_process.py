#!/usr/bin/python3
"""The real downlink-process, which dies whenever it begins a certain block of a certain reception.

Called as downlink-process is. DOWNLINKD_CRASH says where: RECEPTION:OFFSET. What both sides say is passed on
(docs/formats/process-messages.md); at the progress that begins the block with that offset it all dies of a SIGSEGV,
unless the block is quarantined in that reception.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

BLOCK = 256 << 10
RECEPTION, OFFSET = (int(word) for word in os.environ["DOWNLINKD_CRASH"].split(":"))


class Relay:
    def __init__(self, ours, theirs, child):
        self.to_daemon = ours
        self.to_child = theirs
        self.child = child
        self.quarantine = None  # of that reception

    def pass_on_orders(self):
        for line in self.to_daemon.makefile("rb"):
            message = json.loads(line)
            if message["type"] == "start":
                receptions = [message, *message.get("receptions", [])]
                self.quarantine = receptions[RECEPTION]["quarantine"] if RECEPTION < len(receptions) else []
            try:
                self.to_child.sendall(line)
            except OSError:
                return
        self.to_child.close()

    def pass_on_answers(self):
        for line in self.to_child.makefile("rb"):
            self.to_daemon.sendall(line)
            if self.kills(json.loads(line)):
                self.child.kill()
                os.kill(os.getpid(), signal.SIGSEGV)

    def kills(self, message):
        if message["type"] != "progress" or message.get("reception", 0) != RECEPTION:
            return False
        begins = message["offset"] == OFFSET // BLOCK * BLOCK
        return begins and not any(q["offset"] <= OFFSET < q["offset"] + q["size"] for q in self.quarantine)


def main():
    control = int(sys.argv[sys.argv.index("--control-fd") + 1])
    ours = socket.socket(fileno=control)
    theirs, childs = socket.socketpair()
    arguments = list(sys.argv[1:])
    arguments[arguments.index("--control-fd") + 1] = str(childs.fileno())
    program = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "bin/downlink-process"
    child = subprocess.Popen([str(program), *arguments], pass_fds=[childs.fileno()])
    childs.close()
    # SIGTERM is for the program.
    signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
    relay = Relay(ours, theirs, child)
    threading.Thread(target=relay.pass_on_orders, daemon=True).start()
    relay.pass_on_answers()
    sys.exit(child.wait())


if __name__ == "__main__":
    main()
