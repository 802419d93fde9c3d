"""Watched runs: --timeline and --trace, and that the run stays the same.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import csv
import json
import os
import re

from harness import SMALL, pagersim, refused, test

TRACE_NS = 1000  # times are in microseconds, with three places


def result(directory, *args, workload="seqwrite"):
    o = pagersim("run", workload, "--json", *args, cwd=directory)
    document = json.loads(o.out)
    del document["host"]
    return document


def timeline(directory):
    with open(os.path.join(directory, "t.csv")) as f:
        return [{k: int(v) for k, v in row.items()}
                for row in csv.DictReader(f)]


def check_sums(run, rows):
    """What the world counted itself."""
    end = rows[-1]
    held = run["histograms"]
    found = []
    for column, name in [("alloc_lock_read_ns", "alloc_lock.read_hold_ns"),
                         ("alloc_lock_write_ns", "alloc_lock.write_hold_ns")]:
        if end[column] != held[name]["sum"] or end[column] == 0:
            found.append("%s is %d, the histogram has %d"
                         % (column, end[column], held[name]["sum"]))
    if not 0 < end["device_busy_ns"] <= run["virtual_ns"]:
        found.append("device_busy_ns is %d" % end["device_busy_ns"])
    if end["at_ns"] != run["virtual_ns"]:
        found.append("it ends at %d" % end["at_ns"])
    return found


for workload, sets in [
        ("seqwrite", SMALL),
        ("seqwrite", ["--set", "file.size=8M", "--set", "machine.cpus=2"]),
        ("extend", ["--set", "lock.policy=barging"])]:
    @test("run %s %s --timeline --trace" % (workload, " ".join(sets)))
    def watched(directory, workload=workload, sets=sets):
        plain = result(directory, *sets, workload=workload)
        run = result(directory, *sets, "--timeline", "t.csv", "--trace",
                     "t.json", workload=workload)
        rows = timeline(directory)
        found = check_sums(run, rows)
        if run != plain:
            found.append("the run is not the same as without")
        if any(b["at_ns"] <= a["at_ns"] for a, b in zip(rows, rows[1:])):
            found.append("at_ns does not grow")
        if not 2 < len(rows) <= 20000:
            found.append("%d lines" % len(rows))
        if max(r["dirty_pages"] for r in rows) < 8:
            found.append("hardly any dirty pages")
        if not all(r["longest_queue"] <= r["queued_messages"] for r in rows):
            found.append("the longest queue is longer than all")
        again = os.path.join(directory, "t.csv")
        with open(again) as f:
            before = f.read()
        result(directory, *sets, "--timeline", "t.csv", workload=workload)
        with open(again) as f:
            if f.read() != before:
                found.append("another timeline the second time")
        return found + check_trace(directory, run)


def check_trace(directory, run):
    """Threads are always somewhere, and in one place."""
    with open(os.path.join(directory, "t.json")) as f:
        events = json.load(f)["traceEvents"]
    found = []
    at, total = collections.Counter(), collections.Counter()
    calls, depth = collections.Counter(), collections.Counter()
    names = {}
    for e in events:
        track = e.get("tid")
        if e["ph"] == "M":
            if e["name"] == "thread_name":
                names[track] = e["args"]["name"]
            continue
        begin = round(e["ts"] * TRACE_NS)
        if e["ph"] == "X":
            length = round(e["dur"] * TRACE_NS)
            if begin < at[track]:
                found.append("%s is in two places" % names[track])
                break
            at[track] = begin + length
            total[track] += length
        elif e["ph"] == "B":
            depth[track] += 1
            calls[e["name"]] += 1
        elif e["ph"] == "E":
            depth[track] -= 1
    if any(depth.values()):
        found.append("calls that begin and do not end, or the other way")
    if set(total) - set(names):
        found.append("threads without a name")
    if calls["write"] != run["counters"]["client.write"]:
        found.append("%d calls of write" % calls["write"])
    # A kernel's thread is there all the time.
    pageout = [t for t, name in names.items() if name == "pageout"]
    if [total[t] for t in pageout] != [run["virtual_ns"]]:
        found.append("pageout's time is %s" % [total[t] for t in pageout])
    if not any(e["ph"] == "C" and e["name"] == "dirty pages"
               and e["args"]["dirty_pages"] > 0 for e in events):
        found.append("no dirty pages")
    return found


@test("run --trace, and what a thread waits for")
def trace_has_waits(directory):
    result(directory, "--set", "file.size=4M", "--trace", "t.json")
    with open(os.path.join(directory, "t.json")) as f:
        names = {e["name"] for e in json.load(f)["traceEvents"]
                 if e["ph"] == "X"}
    return ["no " + name for name in ["run", "cpu", "device", "answer"]
            if name not in names]


@test("run --trace, cut")
def trace_is_cut(directory):
    o = pagersim("run", "seqwrite", "-q", "--set", "file.size=160M",
                 "--pager", "perpage", "--trace", "t.json", cwd=directory)
    found = []
    if o.status != 0:
        found.append("exit status %s" % o.status)
    if not re.fullmatch(r"pagersim: t.json is cut at [0-9.]+ m?s of the run: "
                        r"64 MiB are full\n", o.err):
        found.append("stderr: " + o.err[:500])
    path = os.path.join(directory, "t.json")
    size = os.path.getsize(path)
    if not 64 << 20 <= size < 65 << 20:
        found.append("%d bytes" % size)
    with open(path) as f:
        head = f.read(1000)
        f.seek(size - 1000)
        tail = f.read()
    if not re.search(r'"cut_at_ns":"[0-9]+"', head):
        found.append("it does not say so at its head")
    if not re.search(r'"name":"cut here: 64 MiB are full"}\n\]}\n$', tail):
        found.append("it ends with " + tail[-200:])
    return found


for option in ["--timeline", "--trace"]:
    refused("run %s to a full disk" % option, "run", "seqwrite", "-q", *SMALL,
            option, "/dev/full", says="/dev/full: No space left")
    refused("run %s to no directory" % option, "run", "seqwrite", "-q", *SMALL,
            option, "gone/t", says="gone/t: No such file")
    refused("run %s to a directory" % option, "run", "seqwrite", "-q", *SMALL,
            option, ".", says="directory")
    refused("run %s over a workload" % option, "run", "seqwrite", "-q", *SMALL,
            option, "w.lua", says="not written over a workload")
    refused("run %s to the file of --json" % option, "run", "seqwrite",
            *SMALL, option, "out.json", "--json=out.json", keep=True,
            says="go to the same file")
