#!/usr/bin/python3
"""Builds the fuzz targets with clang and runs each of them (tests/fuzz, CONTRIBUTING.md).

  tests/fuzz/run.py                        every target: 10 million runs, or 300 s, whichever is first
  tests/fuzz/run.py --seconds 0 frames     this target, however long 10 million runs take
  tests/fuzz/run.py --merge                what the runs found is added to the seed corpora, as little as covers it

Prints what was really run. Exits 1 when an input broke a target; it is in the build folder, and named.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CORPUS = SOURCE / "tests" / "fuzz" / "corpus"
# Long inputs cost speed and find little: each target takes what says everything once or twice.
LONGEST = {"spacecraft_profile": 320, "index_record": 64, "packet_fields": 64, "frame_sync": 240, "soft_decoder": 40,
           "sle_user": 64, "orbit_packets": 480, "packet_stream": 96, "isp1": 96, "merge": 96,
           "word_unpacker": 56}
DEFAULT_LONGEST = 160
# Entropic scheduling costs these a third of their speed and more.
MANY_FEATURES = ("channel_decoder", "frame_sync", "frames", "hrpt_frame", "link_pipeline", "merge",
                 "packet_reassembler", "packet_stream", "sle_user", "soft_decoder", "sounder_aip", "sounder_packets",
                 "word_unpacker")
MERGED_BYTES = 64  # in the seed corpora only inputs no longer than this are added
# Of AddressSanitizer: no traces of allocations and a small quarantine triple the speed. An input that broke a target is
# run again without these options.
SANITIZER = {"ASAN_OPTIONS": "malloc_context_size=0:quarantine_size_mb=2", "UBSAN_OPTIONS": "print_stacktrace=1"}


def build(folder):
    subprocess.run(["cmake", "-S", str(SOURCE), "-B", str(folder), "-G", "Ninja", "-DCMAKE_CXX_COMPILER=clang++",
                    "-DDL_FUZZ=ON", "-DCMAKE_CXX_FLAGS=-O2 -g1"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(folder), "--target", "fuzz", "--", "--quiet"], check=True)


def targets_in(folder):
    return sorted(path.name.removeprefix("fuzz_") for path in (folder / "bin").glob("fuzz_*")
                  if path.name != "fuzz_make_seeds")


def run(folder, target, runs, seconds):
    """Returns one row of the table: target, runs, seconds of processor, coverage, the input that broke it or ''."""
    found = folder / "fuzz" / target
    artifacts = folder / "fuzz" / "broken"
    found.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    command = [str(folder / "bin" / f"fuzz_{target}"), f"-runs={runs}", f"-max_total_time={seconds}",
               f"-max_len={LONGEST.get(target, DEFAULT_LONGEST)}", "-timeout=60", "-rss_limit_mb=2500",
               f"-entropic={0 if target in MANY_FEATURES else 1}", "-print_final_stats=1",
               f"-artifact_prefix={artifacts}/{target}-", str(found), str(CORPUS / target)]
    log_path = folder / "fuzz" / f"{target}.log"
    with open(log_path, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=dict(os.environ, **SANITIZER))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    log = log_path.read_text(errors="replace")
    number = lambda pattern: int((re.findall(pattern, log) or ["0"])[-1])
    broken = (re.findall(r"Test unit written to (\S+)", log) or [""])[-1]
    if child.returncode != 0 and not broken:
        broken = f"exit code {child.returncode}, see {log_path}"
    return (target, number(r"stat::number_of_executed_units: (\d+)"), usage.ru_utime + usage.ru_stime,
            number(r"cov: (\d+)"), broken)


def merge(folder, target):
    small = folder / "fuzz" / f"{target}-small"
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir()
    for path in (folder / "fuzz" / target).iterdir():
        if path.stat().st_size <= MERGED_BYTES:
            shutil.copy(path, small / f"{path.name[:12]}.bin")
    merged = folder / "fuzz" / f"{target}-merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir()
    subprocess.run([str(folder / "bin" / f"fuzz_{target}"), "-merge=1", str(merged), str(CORPUS / target), str(small)],
                   check=True, capture_output=True, env=dict(os.environ, **SANITIZER))
    chosen = {path.read_bytes() for path in merged.iterdir()}
    for path in small.iterdir():
        if path.read_bytes() in chosen:
            shutil.copy(path, CORPUS / target / path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="*", help="all of them when none is named")
    parser.add_argument("--runs", type=int, default=10_000_000, help="of each target (default: 10000000)")
    parser.add_argument("--seconds", type=int, default=300, help="at most, for each target; 0: no limit (default: 300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time (default: all processors)")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build" / "fuzz", help="build folder")
    parser.add_argument("--merge", action="store_true", help="add to the seed corpora; runs nothing")
    options = parser.parse_args()

    if shutil.which("clang++") is None:
        print("no clang++ here, nothing was run (tools/install-packages long)")
        return 77
    build(options.build)
    known = targets_in(options.build)
    unknown = sorted(set(options.target) - set(known))
    if unknown:
        print(f"expected targets of {known}, found {unknown}", file=sys.stderr)
        return 64
    chosen = options.target or known
    if options.merge:
        for target in chosen:
            merge(options.build, target)
        return 0

    print(f"{'target':20} {'runs':>10} {'CPU s':>8} {'per CPU s':>9} {'covered':>8}")
    broken = False
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        rows = [pool.submit(run, options.build, target, options.runs, options.seconds) for target in chosen]
        for row in rows:
            target, runs, seconds, covered, problem = row.result()
            speed = runs / max(seconds, 0.01)
            print(f"{target:20} {runs:10} {seconds:8.1f} {speed:9.0f} {covered:8} {problem}", flush=True)
            broken = broken or problem != ""
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
