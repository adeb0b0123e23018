"""SLE with the real programs: passes with gaps that are filled offline, providers that abort, resend, drop, refuse."""

import os
import signal
import time
import unittest

import station
from inputs_test import finish, intake, link_report, passes_of, sender
from station import Station, free_port, run, tree_hashes, wait_until
from transfer_frames import CADU_BYTES, FRAME_BYTES, decoded

SPACECRAFT = "metop-b"
DURATION_S = 40
INTERVAL_US = 10_893  # what the simulated pass takes
RECEIVED = f"time=2026-05-12T08:56:40Z,interval={INTERVAL_US}"
LOST = "lost=2400;2401;2402;2800;3300"  # of 3 700 frames
BEFORE_GAP = "T085400Z"  # scenes

SOURCE = """
[[source]]
name = "{name}"
kind = "sle"
spacecraft = "metop-b"
connect = "127.0.0.1:{port}"
reconnect_delay_max = "100 ms"
idle_timeout = "{idle_timeout}"
authentication = "none"
initiator = "DOWNLINKD"
responder_port = "PORT"
mode = "{mode}"
service_instance = "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf={instance}"
{keys}
"""


def online(port, mode="online-complete", idle_timeout="20 s"):
    return SOURCE.format(name="network", port=port, mode=mode, idle_timeout=idle_timeout, keys="",
                         instance="onlt1" if mode == "online-timely" else "onlc1")


def filler(port, timeout="10 min"):
    return SOURCE.format(name="archive", port=port, mode="offline", idle_timeout="20 s", instance="offl1",
                         keys=f'fill_gaps_of = "network"\nfill_timeout = "{timeout}"')


class Sle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Station(SPACECRAFT).__enter__()  # for its folder only
        cls.cadus = cls.folder.folder / "pass.cadu"
        run("downlink-sim", "make", "--start", "2026-05-12T08:56:40Z", "--duration", DURATION_S, "--tle",
            station.SIMULATED_TLE, "--output", cls.cadus)
        cls.frames = cls.cadus.stat().st_size // CADU_BYTES
        cls.decoded = cls.folder.folder / "pass.frames"
        cls.decoded.write_bytes(decoded(cls.cadus.read_bytes()))
        cls.undamaged = cls.scenes_of(cls, "")
        cls.damaged = cls.scenes_of(cls, LOST)
        assert cls.undamaged and cls.damaged != cls.undamaged

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__(None, None, None)

    def scenes_of(self, faults):
        """What a pass gives that nobody fills."""
        port = free_port()
        with Station(SPACECRAFT, extra=online(port)) as s:
            s.start()
            provider = self.provide(self, port, faults)
            finish(provider)
            s.wait_drained()
            return tree_hashes(s.bucket)

    def provide(self, port, faults="", users=1, rate=None):
        words = ",".join(word for word in (RECEIVED, f"users={users}", faults) if word)
        process = sender(self.decoded, f"sle://127.0.0.1:{port}", "--cadu-size", str(FRAME_BYTES), "--sle", words,
                         *(["--rate", rate] if rate else []))
        if isinstance(self, unittest.TestCase):
            self.addCleanup(process.kill)
        return process

    def pass_row(self, s):
        rows = passes_of(s, "network")
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def fill_mark(self, s):
        marks = list(s.spool.glob("passes/*/archive/fill"))
        return marks[0].read_text().strip() if marks else ""

    def check_filled(self, s):
        s.wait_drained()
        row = self.pass_row(s)
        self.assertEqual(self.fill_mark(s), "fetched")
        report = link_report(s, row["id"])
        self.assertTrue(report["balanced"])
        self.assertEqual(len(report["receptions"]), 2)
        self.assertEqual(sum(channel["missing"] for channel in report["virtual_channels"]), 0)
        self.assertEqual(tree_hashes(s.bucket), self.undamaged)

    # ---- Gaps

    def test_gaps_are_filled_before_the_scenes_behind_them_are_made(self):
        port, archive = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(archive)) as s:
            s.start()
            fill = self.provide(archive)
            finish(self.provide(port, LOST))
            finish(fill)
            self.check_filled(s)
            self.assertEqual(self.pass_row(s)["bytes_recorded"], (2 * self.frames - 5) * FRAME_BYTES)
            self.assertEqual(s.incident_kinds(), [])

    def test_pass_without_gaps_does_not_wait(self):
        port = free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(free_port(), "1 h")) as s:
            s.start()
            finish(self.provide(port))
            s.wait_drained()
            self.assertEqual(tree_hashes(s.bucket), self.undamaged)
            self.assertEqual(self.fill_mark(s), "")

    def test_provider_that_never_delivers_costs_its_frames_after_the_limit(self):
        port = free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(free_port(), "4 s")) as s:
            s.start()
            finish(self.provide(port, LOST))
            s.wait_drained()
            self.assertEqual(tree_hashes(s.bucket), self.damaged)
            self.assertTrue(self.fill_mark(s).startswith("given up: "), self.fill_mark(s))
            row = next(row for row in s.report("incidents")["incidents"] if row["kind"] == "gaps_not_filled")
            self.assertIn("4 s", row["message"])
            lost = sum(channel["missing"] for channel in link_report(s, self.pass_row(s)["id"])["virtual_channels"])
            self.assertGreater(lost, 0)

    def test_provider_that_refuses_the_time_is_not_waited_for(self):
        port, refusing = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(refusing, "1 h")) as s:
            s.start()
            self.provide(refusing, "refuse-start=2")
            finish(self.provide(port, LOST))
            s.wait_drained()
            self.assertEqual(tree_hashes(s.bucket), self.damaged)
            self.assertIn("gaps_not_filled", s.incident_kinds())

    def test_scenes_made_before_the_gap_stay_and_a_filler_that_is_taken_away_is_waited_for_no_longer(self):
        port = free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(free_port(), "1 h")) as s:
            s.start()
            finish(self.provide(port, LOST))  # the gap is known before anything is decoded
            wait_until(lambda: self.fill_mark(s).startswith("wanted "), 60, "the mark")
            wait_until(lambda: self.pass_row(s)["state"] == "ended", 60, "the end")
            early = {name: digest for name, digest in self.undamaged.items() if BEFORE_GAP in name}
            wait_until(lambda: tree_hashes(s.bucket) == early, 60, "the scenes before the gap")
            self.assertEqual(self.pass_row(s)["state"], "ended")
            s.config.write_text(s.config.read_text().replace(filler_part(s.config.read_text()), ""))
            s.daemon.send_signal(signal.SIGHUP)
            s.wait_drained()
            late = tree_hashes(s.bucket)
            self.assertEqual({name: late.get(name) for name in early}, early, "made once")
            self.assertEqual(set(late), set(self.damaged))
            self.assertTrue(self.fill_mark(s).startswith("given up: there is no source 'archive'"), self.fill_mark(s))

    def test_kills_of_both_programs_while_a_pass_waits_and_is_filled(self):
        port, archive = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(archive, "1 h")) as s:
            s.start()
            finish(self.provide(port, LOST))
            wait_until(lambda: self.fill_mark(s).startswith("wanted"), 60, "the mark")
            s.kill()
            s.start()
            # What came before the gap is decoded all the same.
            wait_until(lambda: any(BEFORE_GAP in name for name in tree_hashes(s.bucket)), 60,
                       "the scenes before the gap")
            self.provide(archive, users=100)
            for _ in range(6):
                time.sleep(0.3)  # wherever it is
                for pid in s.process_pids():
                    os.kill(pid, signal.SIGKILL)
                s.kill()
                s.start()
            self.check_filled(s)

    def test_stop_in_the_middle_goes_on_after_the_next_start(self):
        port = free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(free_port(), "1 h")) as s:
            s.start()
            finish(self.provide(port, LOST))
            wait_until(lambda: self.fill_mark(s).startswith("wanted"), 60, "the mark")
            self.assertEqual(s.stop(), 0)
            archive = free_port()
            text = s.config.read_text()
            s.config.write_text(text.replace(filler_part(text), filler(archive, "1 h")))
            s.start()
            finish(self.provide(archive))
            self.check_filled(s)

    def test_fill_whose_connection_breaks_and_that_comes_twice_gives_the_same_scenes(self):
        port, archive = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(port) + filler(archive, "1 h")) as s:
            s.start()
            finish(self.provide(port, LOST))
            finish(self.provide(archive, "abort=2000,resend=50"))
            self.check_filled(s)

    def test_restart_in_the_middle_of_a_timely_pass_is_a_gap(self):
        port, archive = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(port, "online-timely", "5 s") + filler(archive)) as s:
            s.start()
            provider = self.provide(port, rate="6e6")
            wait_until(lambda: sum(p.stat().st_size for p in s.spool.glob("passes/*/rec-*.raw")) > 800_000, 60,
                       "some of it")
            wait_until(lambda: list(s.spool.glob("passes/*/pass.json")), 30, "pass.json")
            s.kill()
            s.start()
            fill = self.provide(archive)
            finish(provider)
            finish(fill)
            self.check_filled(s)

    # ---- Providers

    def test_provider_that_aborts_and_one_that_resends_at_once(self):
        first, second = free_port(), free_port()
        with Station(SPACECRAFT, extra=online(first) + online(second).replace('"network"', '"other"')) as s:
            s.start()
            # No faster: what a cut finds unread in the sockets is gone, and a pass may then begin behind it.
            for process in (self.provide(first, "abort=1500", rate="10e6"),
                            self.provide(second, "cut=1500,resend=300", rate="10e6")):
                finish(process)
            s.wait_drained()
            self.assertEqual(tree_hashes(s.bucket), self.undamaged)
            for name in ("network", "other"):
                self.assertEqual(passes_of(s, name)[0]["connections"], 2, name)
                self.assertGreaterEqual(intake(s, name)["reconnects"], 1, name)


def filler_part(text):
    return text[text.index('\n[[source]]\nname = "archive"'):]


if __name__ == "__main__":
    unittest.main()
