"""The command line of downlinkctl: exit codes, output and error channels, and which socket it asks.

downlinkctl_test.py PROGRAM; a scripted server plays the daemon.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = sys.argv.pop(1)


class Daemon:
    """Answers one request on `path` with `answer`, and remembers the request."""

    def __init__(self, path, answer):
        self.request = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as stream:
            self.request = json.loads(stream.readline())
            stream.write(json.dumps(self._answer).encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._thread.join()
        self._listener.close()


def answer(**report):
    return {"ok": True, "report": report}


class DownlinkctlTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.socket = self.folder / "control.sock"

    def tearDown(self):
        self._folder.cleanup()

    def run_program(self, *arguments, **environment):
        run = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=60,
                             env={"PATH": os.environ["PATH"], **environment})
        self.assertNotIn("\033", run.stdout, "a pipe gets no colours")
        if run.returncode in (0, 3):
            self.assertEqual(run.stderr, "")
        else:
            self.assertEqual(run.stdout, "", "errors never go to standard output")
            self.assertRegex(run.stderr, r"\Adownlinkctl: [^\n]+\n\Z")
        return run

    def test_a_report_is_exit_0_and_a_table(self):
        with Daemon(self.socket, answer(station="svalbard-2", state="running")) as daemon:
            run = self.run_program("--socket", str(self.socket), "status")
        self.assertEqual(run.returncode, 0)
        self.assertIn("svalbard-2", run.stdout)
        self.assertEqual(daemon.request["command"], "status")

    def test_json_is_json_and_may_be_asked_for_behind_the_command(self):
        with Daemon(self.socket, answer(station="svalbard-2")):
            run = self.run_program("--socket", str(self.socket), "status", "--json")
        self.assertEqual(json.loads(run.stdout)["station"], "svalbard-2")

    def test_a_refusal_is_exit_1_with_the_daemons_words(self):
        error = {"kind": "permanent", "message": "there is no delivery 7"}
        with Daemon(self.socket, {"ok": False, "error": error}) as daemon:
            run = self.run_program("--socket", str(self.socket), "release", "7")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr, "downlinkctl: there is no delivery 7\n")
        self.assertEqual(daemon.request, {"command": "release", "arguments": {"delivery": 7}})

    def test_wait_says_by_its_exit_code_whether_the_condition_was_reached(self):
        for reached, code in ((True, 0), (False, 3)):
            with self.subTest(reached=reached), Daemon(self.socket, answer(reached=reached)) as daemon:
                run = self.run_program("--socket", str(self.socket), "wait", "drained", "--timeout", "30s")
                self.assertEqual(run.returncode, code)
                self.assertEqual(daemon.request["arguments"], {"condition": "drained", "timeout_ms": 30000})
            self.socket.unlink()

    def test_no_daemon_is_exit_69(self):
        run = self.run_program("--socket", str(self.socket), "status")
        self.assertEqual(run.returncode, 69)
        self.assertIn(str(self.socket), run.stderr)

    def test_a_selection_reaches_the_daemon(self):
        for words, arguments in ((["hold", "--scene", "s", "--destination", "d"], {"scene": "s", "destination": "d"}),
                                 (["release", "--event", "7"], {"event": 7}),
                                 (["retry", "--all"], {"everything": True}),
                                 (["prioritise", "4", "--off"], {"delivery": 4, "urgent": False}),
                                 (["drop", "--class", "level-0", "--yes", "--reason", "old"],
                                  {"class": "level_0", "reason": "old", "dry_run": False}),
                                 (["retention"], {"dry_run": True}),
                                 (["retention", "run"], {"dry_run": False})):
            with self.subTest(words=words), Daemon(self.socket, answer()) as daemon:
                self.assertEqual(self.run_program("--socket", str(self.socket), *words).returncode, 0)
                self.assertEqual(daemon.request, {"command": words[0], "arguments": arguments})
            self.socket.unlink()

    def test_bandwidth_is_shown_or_set(self):
        for words, request in ((["bandwidth"], {"command": "bandwidth", "arguments": {}}),
                               (["bandwidth", "set", "2Mbit/s", "--for", "30min"],
                                {"command": "bandwidth_set",
                                 "arguments": {"rate": "2Mbit/s", "duration_ms": 1_800_000}})):
            with self.subTest(words=words), Daemon(self.socket, answer(limit="off")) as daemon:
                run = self.run_program("--socket", str(self.socket), *words)
                self.assertEqual((run.returncode, daemon.request), (0, request))
            self.socket.unlink()

    def test_verify_says_by_its_exit_code_what_it_found(self):
        mismatch = {"scene_id": "s", "asset": "a", "place": "spool", "problem": "p"}
        for report, code in (({"complete": True}, 0), ({"complete": False}, 3),
                             ({"complete": False, "mismatches": [mismatch]}, 1)):
            with self.subTest(report=report), Daemon(self.socket, answer(**report)) as daemon:
                run = subprocess.run([PROGRAM, "--socket", str(self.socket), "verify", "--remote"], check=False,
                                     capture_output=True, text=True, timeout=60)
                self.assertEqual(run.returncode, code)
                self.assertEqual(daemon.request["arguments"], {"remote": True, "timeout_ms": 3_600_000})
            self.socket.unlink()

    def test_nothing_is_dropped_without_a_word_for_it(self):
        run = subprocess.run([PROGRAM, "--socket", str(self.socket), "drop", "s"], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(run.returncode, 64)
        self.assertIn("--yes", run.stderr)

    def test_mistakes_on_the_command_line_are_exit_64(self):
        for arguments in ([], ["frob"], ["status", "--frob"], ["release"], ["release", "-1"], ["hold"],
                          ["hold", "--all", "--scene", "s"], ["drop"], ["drop", "s", "--pass", "p"],
                          ["drop", "s", "--yes", "--dry-run"], ["bandwidth", "set"], ["bandwidth", "--for", "1h"],
                          ["bandwidth", "set", "off", "--for", "1y"], ["retention", "run", "--dry-run"],
                          ["deliveries", "--state", "lost"], ["wait", "later"],
                          ["wait", "idle", "--timeout", "5"], ["passes", "--limit", "0"],
                          ["--config", str(self.folder / "none.toml"), "status"],
                          ["--config", "a", "--socket", "b", "status"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_program(*arguments).returncode, 64)

    def test_the_configuration_names_the_socket(self):
        config = self.folder / "downlinkd.toml"
        config.write_text('[general]\nspool_directory = "."\n', encoding="utf-8")
        with Daemon(self.socket, answer(passes=[])) as daemon:
            run = self.run_program("--config", str(config), "passes", "--limit", "3")
        self.assertEqual(run.returncode, 0)
        self.assertEqual(daemon.request, {"command": "passes", "arguments": {"limit": 3}})

    def test_the_environment_names_the_socket(self):
        with Daemon(self.socket, answer(pass_={})) as daemon:
            run = self.run_program("passes", "20260512T115203Z-antenna-1", DOWNLINKD_SOCKET=str(self.socket))
        self.assertEqual(run.returncode, 0)
        self.assertEqual(daemon.request, {"command": "pass", "arguments": {"id": "20260512T115203Z-antenna-1"}})

    def test_a_full_disk_behind_standard_output_is_exit_74(self):
        with Daemon(self.socket, answer(station="x")), open("/dev/full", "w", encoding="utf-8") as full:
            run = subprocess.run([PROGRAM, "--socket", str(self.socket), "status"], stdout=full, stderr=subprocess.PIPE,
                                 check=False, timeout=60)
        self.assertEqual(run.returncode, 74)


if __name__ == "__main__":
    unittest.main()
