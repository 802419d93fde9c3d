#!/usr/bin/python3
"""What became of recorded traces: trace_table.py [OPTION...] [TRACE...]

Each trace (all of workloads/traces/, or those named) is replayed under each
pager with bytes in every page, the file system unmounted, and the image judged:
e2fsck (fsck.fat) must find nothing, and trace_contents.py must find every name
and byte as the trace leaves it.  A table on stdout: store writes of file pages
and of metadata, the pages in them, and the verdict, which is `ok', or

  FINDING        the run's: the oracle, and how many there are
  refused: ...   an operation failed, and the replay stopped there
  fsck           e2fsck or fsck.fat found something
  contents: ...  and the first thing that is not as it should be

  --pager NAME      (repeatable) instead of all that come with pagersim
  --set KEY=VALUE   (repeatable)
  --seed N
  --bare            no heading: only what is not ok
  --keep DIR        keep the images of what is not ok

pagersim is looked for in PATH.  Exit status 1 when one is not ok.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import concurrent.futures
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import trace_contents

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TRACES = os.path.join(TOP, "workloads", "traces")
PAGERS = "perpage", "chunk", "extent", "adaptive", "fatfs", "fatfs-perpage"
HEADING = ("trace", "operations", "pager", "file writes", "metadata writes",
           "pages", "verdict")
WIDTHS = -14, 10, -14, 11, 15, 7, -1
# A run takes less than a second.
PATIENCE = 120


def operations(trace):
    """How many there are in it."""
    with open(trace, encoding="ascii") as lines:
        return sum(line[0].isdigit() for line in lines)


def call(command):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE, check=False,
                              env=dict(os.environ, PATH=path))
    except subprocess.TimeoutExpired:
        return None


def judge(trace, image, fat):
    """What is wrong with the image of a run without findings."""
    fsck = ["fsck.fat", "-n"] if fat else ["e2fsck", "-fn"]
    done = call(fsck + [image])
    if done is None or done.returncode != 0:
        return "fsck"
    try:
        _, wrong = trace_contents.compare(trace, image, fat, False)
    except subprocess.CalledProcessError as error:
        wrong = [f"{error.cmd[0]}: exit status {error.returncode}"]
    return "contents: " + wrong[0] if wrong else "ok"


def verdict_of(done, report, trace, image, fat):
    if done is None:
        return "no end"
    if report is None or done.returncode not in (0, 1):
        said = done.stderr.strip().splitlines()
        return "refused: " + said[-1].removeprefix(
            f"pagersim: {trace}:") if said else "exit status %d" % \
            done.returncode
    if report["findings"]:
        found = report["findings"][0]["oracle"]
        count = len(report["findings"])
        return found if count == 1 else f"{found} ({count})"
    if report["verdict"] != "ok" or done.returncode:
        return report["verdict"]
    return judge(trace, image, fat)


def replay(trace, pager, options):
    """A row, and the command that makes it again."""
    fat = pager.startswith("fatfs")
    with tempfile.TemporaryDirectory() as tmp:
        image, report = os.path.join(tmp, "image"), os.path.join(tmp, "json")
        command = ["pagersim", "run", "replay", "--set", f"trace.file={trace}",
                   "--set", "store.size=256M", "--set", "run.contents=bytes",
                   "--pager", pager, "--seed", str(options.seed)]
        for setting in options.set:
            command += ["--set", setting]
        done = call(command + ["--quiet", f"--json={report}", "--image", image])
        result = None
        if os.path.exists(report):
            with open(report, encoding="utf-8") as file:
                result = json.load(file)
        verdict = verdict_of(done, result, trace, image, fat)
        counters = result["counters"] if result else {}
        if options.keep and verdict != "ok" and os.path.exists(image):
            shutil.copy(image, os.path.join(options.keep, "%s-%s-%d.img" % (
                name_of(trace), pager, options.seed)))
    command[4] = "trace.file=" + os.path.relpath(trace, TOP) \
        if trace.startswith(TOP) else command[4]
    row = (name_of(trace), operations(trace), pager,
           counters.get("ext2fs.store_write", "-"),
           counters.get("disk.store_write", "-"),
           counters.get("mach.data_return_pages", "-"), verdict)
    return row, " ".join(map(shlex.quote, command))


def name_of(trace):
    return os.path.basename(trace).removesuffix(".trace")


def line(cells):
    return "  ".join("%*s" % (width, cell)
                     for width, cell in zip(WIDTHS, cells)).rstrip()


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--pager", action="append")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("trace", nargs="*")
    options = parser.parse_args()
    if shutil.which("pagersim") is None:
        print("trace_table: there is no pagersim in PATH", file=sys.stderr)
        return 2
    traces = [t if "/" in t else os.path.join(TRACES, t + ".trace")
              for t in options.trace] \
        or sorted(glob.glob(os.path.join(TRACES, "*.trace")))
    bad = 0
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(replay, trace, pager, options)
                 for trace in traces for pager in options.pager or PAGERS]
        if not options.bare:
            print(line(HEADING))
        for task in tasks:
            row, command = task.result()
            bad += row[-1] != "ok"
            if row[-1] != "ok" or not options.bare:
                print(line(row), flush=True)
            if row[-1] != "ok" and options.bare:
                print("  " + command, flush=True)
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
