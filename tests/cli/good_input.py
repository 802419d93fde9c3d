"""Good input to pagersim: help, lists, runs and their results.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import shutil

from harness import (BUILD, COMMANDS, LISTS, PAGERS, SEQWRITE, SMALL,
                     complaints_about_success, files_below, pagersim, test)


for command in [None] + COMMANDS:
    for option in ["--help", "--version"]:
        args = ([command] if command else []) + [option]

        @test(" ".join(args))
        def help_or_version(directory, args=args):
            return complaints_about_success(pagersim(*args, cwd=directory))


@test("--help names every command")
def help_is_whole(directory):
    text = pagersim("--help", cwd=directory).out
    return ["no " + c for c in COMMANDS if c not in text]


for subject in LISTS:
    @test("list " + subject)
    def list_subject(directory, subject=subject):
        o = pagersim("list", subject, cwd=directory)
        known = {"pagers": PAGERS, "workloads": ["seqwrite", "paper"],
                 "locks": ["writer", "htl", "reader", "fifo", "barging"],
                 "devices": ["ram", "virtio", "ssd", "hdd"],
                 "costs": ["cpu.trap", "cpu.copy_page"],
                 "keys": ["machine.memory", "lock.policy", "run.limit"]}
        return complaints_about_success(o) + [
            "no " + name for name in known[subject] if name not in o.out]


@test("list keys of a workload")
def list_own_keys(directory):
    o = pagersim("list", "keys", SEQWRITE, cwd=directory)
    found = complaints_about_success(o)
    if "file.size" not in o.out:
        found.append("no file.size")
    return found


def no_repeated(pairs):
    keys = [k for k, _ in pairs]
    if keys != sorted(keys):
        raise ValueError("keys are not sorted: %s" % " ".join(keys)[:200])
    return dict(pairs)


def read_result(text, found):
    """The result in TEXT, checked against design.md 5; None if it is none."""
    try:
        r = json.loads(text, object_pairs_hook=no_repeated)
    except ValueError as e:
        found.append("not a result: %s" % e)
        return None
    for key, kind in [("workload", dict), ("pager", str), ("seed", int),
                      ("set", dict), ("verdict", str), ("findings", list),
                      ("virtual_ns", int), ("events", int), ("digest", str),
                      ("counters", dict), ("histograms", dict),
                      ("host", dict)]:
        if not isinstance(r.get(key), kind):
            found.append("no %s of type %s" % (key, kind.__name__))
            return None
    if r.get("schema") != "pagersim.run/1":
        found.append("schema %s" % r.get("schema"))
    if not re.fullmatch(r"[0-9a-f]{16}", r["digest"]):
        found.append("digest %s" % r["digest"])
    if not re.fullmatch(r"[0-9a-f]{64}", r["workload"].get("sha256", "")):
        found.append("no sha256 of the workload")
    found += ["set.%s is no string" % k for k, v in r["set"].items()
              if not isinstance(v, str)]
    found += ["counters.%s is no integer" % k
              for k, v in r["counters"].items() if type(v) is not int]
    for name in ["mach.data_return", "mach.data_request", "mach.data_unlock",
                 "mach.evictions", "libpager.write_page",
                 "libpager.write_pages",
                 "libpager.write_pages_unsupported", "ext2fs.store_write",
                 "ext2fs.store_write_bytes", "disk.store_write",
                 "disk.store_write_bytes", "alloc_lock.rdlock",
                 "alloc_lock.wrlock", "alloc_lock.bypassed"]:
        if name not in r["counters"]:
            found.append("no counter " + name)
    for name in ["store_write.bytes", "write_pages.pages",
                 "alloc_lock.read_hold_ns", "alloc_lock.write_wait_ns",
                 "fault.wait_ns", "fault.queue_ns", "client.write_ns"]:
        h = r["histograms"].get(name)
        if not isinstance(h, dict):
            found.append("no histogram " + name)
            continue
        if sorted(h) != ["buckets", "count", "max", "min", "p50", "p90",
                         "p99", "p999", "sum"]:
            found.append("histogram %s has %s" % (name, " ".join(h)))
        elif sum(b[1] for b in h["buckets"]) != h["count"]:
            found.append("the buckets of %s do not add up" % name)
    return r


def simulated(result):
    return {k: v for k, v in (result or {}).items() if k != "host"}


for pager in PAGERS:
    @test("run seqwrite under %s, --json -" % pager)
    def run_json(directory, pager=pager):
        o = pagersim("run", SEQWRITE, *SMALL, "--pager", pager, "--json", "-",
                     cwd=directory)
        found = complaints_about_success(o)
        r = read_result(o.out, found)
        if not r:
            return found
        c = r["counters"]
        for what, is_so in [
                ("the verdict is " + r["verdict"], r["verdict"] != "ok"),
                ("there are findings", r["findings"]),
                ("the pager is " + r["pager"], r["pager"] != pager),
                ("the seed is %d" % r["seed"], r["seed"] != 1),
                ("no time passed", r["virtual_ns"] <= 0),
                ("file.size is not in force",
                 r["set"].get("file.size") != "1M"),
                ("less than the file was written",
                 c["ext2fs.store_write_bytes"] < 1 << 20),
                ("no call of write_page",
                 pager == "perpage" and c["libpager.write_page"] < 256),
                ("the hook was called",
                 pager == "perpage" and c["libpager.write_pages"] != 0),
                ("the hook was not called",
                 pager != "perpage" and c["libpager.write_pages"] == 0)]:
            if is_so:
                found.append(what)
        return found


@test("the workload by its relative name")
def run_relative(directory):
    return complaints_about_success(
        pagersim("run", os.path.relpath(SEQWRITE, directory), *SMALL,
                 cwd=directory))


@test("the same run twice is the same result")
def run_twice(directory):
    found = []
    both = [read_result(pagersim("run", SEQWRITE, *SMALL, "--json", "-",
                                 cwd=directory).out, found) for _ in "ab"]
    if simulated(both[0]) != simulated(both[1]):
        found.append("they differ")
    return found


@test("--json FILE replaces the file and leaves no other")
def json_file(directory):
    path = os.path.join(directory, "out.json")
    with open(path, "w") as f:
        f.write("older\n")
    o = pagersim("run", SEQWRITE, *SMALL, "--json", "out.json", cwd=directory)
    found = [] if o.status == 0 else ["exit status %s" % o.status]
    with open(path) as f:
        read_result(f.read(), found)
    if files_below(directory) != ["out.json"]:
        found.append("files: " + " ".join(files_below(directory)))
    return found


@test("--csv - is a header and a row")
def csv(directory):
    o = pagersim("run", SEQWRITE, *SMALL, "--csv", "-", cwd=directory)
    found = complaints_about_success(o)
    lines = o.out.splitlines()
    if len(lines) != 2 or lines[0].count(",") != lines[-1].count(","):
        found.append("stdout: " + o.out[:200])
    return found


@test("--quiet keeps the result")
def quiet(directory):
    o = pagersim("run", SEQWRITE, *SMALL, "--quiet", "--json", "-",
                 cwd=directory)
    found = complaints_about_success(o)
    read_result(o.out, found)
    return found


@test("a pager by its file")
def pager_file(directory):
    shutil.copy(os.path.join(BUILD, "pagers", "chunk.so"),
                os.path.join(directory, "mine.so"))
    return complaints_about_success(
        pagersim("run", SEQWRITE, *SMALL, "--pager", "./mine.so",
                 cwd=directory))


def results(directory, *variants):
    for name, args in variants:
        pagersim("run", SEQWRITE, *SMALL, *args, "--json", name,
                 cwd=directory)


@test("compare: a result and itself are equal")
def compare_equal(directory):
    results(directory, ("a.json", []), ("b.json", []))
    o = pagersim("compare", "a.json", "b.json", cwd=directory)
    return ([] if o.status == 0 else ["exit status %s" % o.status]) + (
        ["stderr: " + o.err[:300]] if o.err else [])


@test("compare: two pagers differ")
def compare_different(directory):
    results(directory, ("a.json", ["--pager", "perpage"]),
            ("b.json", ["--pager", "extent"]))
    o = pagersim("compare", "a.json", "b.json", cwd=directory)
    found = [] if o.status == 1 else ["exit status %s, not 1" % o.status]
    if "ext2fs.store_write" not in o.out:
        found.append("ext2fs.store_write is not named")
    return found


@test("reproduce: a line for every published pager")
def reproduce(directory):
    o = pagersim("reproduce", cwd=directory)
    found = ["no " + p for p in ("perpage", "chunk", "extent")
             if p not in o.out]
    # 1: a cell is not as published, which is no fault of the command.
    if o.status not in (0, 1):
        found.append("exit status %s" % o.status)
    if o.err:
        found.append("stderr: " + o.err[:300])
    return found
