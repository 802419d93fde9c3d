"""The starvation meter, as runs report it: members, columns and the table.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import io
import json

from harness import complaints_about_success, pagersim, test

# Readers that overlap while the file grows: writers of its alloc_lock starve
# where readers may join readers.
CROWD = ["extend", "--pager", "perpage", "--set", "file.size=2M",
         "--set", "store.device=hdd", "--set", "libpager.serial=no"]
HISTOGRAMS = ["read_wait_ns", "write_wait_ns", "read_hold_ns",
              "write_hold_ns"]
MEMBERS = sorted(["name", "rdlocks", "wrlocks", "contended", "bypassed",
                  "bypass_streak"] + HISTOGRAMS)


def run(policy, directory, *options):
    return pagersim("run", *CROWD, "--set", "lock.policy=" + policy, *options,
                    cwd=directory)


def complaints_about_lock(lock):
    if sorted(lock) != MEMBERS:
        return ["a lock has %s" % " ".join(sorted(lock))]
    name = lock["name"]
    found = ["%s of %s: the buckets do not add up" % (h, name)
             for h in HISTOGRAMS
             if sum(b[1] for b in lock[h]["buckets"]) != lock[h]["count"]]
    taken = lock["rdlocks"] + lock["wrlocks"]
    for what, is_so in [
            ("was not used", taken == 0),
            ("waits of readers are missing",
             lock["read_wait_ns"]["count"] != lock["rdlocks"]),
            ("waits of writers are missing",
             lock["write_wait_ns"]["count"] != lock["wrlocks"]),
            ("waits without contention",
             lock["contended"] == 0 and lock["write_wait_ns"]["max"] > 0),
            ("more had to wait than took it", lock["contended"] > taken),
            ("a streak of %d among %d" % (lock["bypass_streak"],
                                          lock["bypassed"]),
             not lock["bypass_streak"] <= lock["bypassed"] <= taken)]:
        if is_so:
            found.append("%s: %s" % (name, what))
    return found


def complaints_about_alloc_lock(lock, result):
    """The same is among the counters and histograms: from setup's end on."""
    counters, histograms = result["counters"], result["histograms"]
    return ["alloc_lock.%s is not what the run counted" % what
            for what, is_so in [
                ("rdlocks", lock["rdlocks"] == counters["alloc_lock.rdlock"]),
                ("wrlocks", lock["wrlocks"] == counters["alloc_lock.wrlock"]),
                ("bypassed",
                 lock["bypassed"] == counters["alloc_lock.bypassed"])]
            + [(h, lock[h] == histograms["alloc_lock." + h])
               for h in HISTOGRAMS] if not is_so]


for policy in ["writer", "htl", "reader", "fifo", "barging"]:
    @test("locks of a crowd under %s" % policy)
    def crowd(directory, policy=policy):
        o = run(policy, directory, "--json", "-")
        found = complaints_about_success(o)
        if found:
            return found
        result = json.loads(o.out)
        locks = result["locks"]
        names = [lock["name"] for lock in locks]
        if names != sorted(names) or len(names) != len(set(names)):
            found.append("the locks are not in order: %s" % " ".join(names))
        for lock in locks:
            found += complaints_about_lock(lock)
        by_name = {lock["name"]: lock for lock in locks}
        for name in ["alloc_lock", "np->lock", "requests->lock"]:
            if name not in by_name:
                return found + ["no lock %s" % name]
        alloc = by_name["alloc_lock"]
        found += complaints_about_alloc_lock(alloc, result)
        passes = policy not in ["writer", "fifo"]
        if (alloc["bypass_streak"] > 1) != passes:
            found.append("a streak of %d" % alloc["bypass_streak"])
        if alloc["write_wait_ns"]["max"] == 0:
            found.append("no writer waited")
        return found


@test("alloc_lock in the CSV, and locks in the table")
def columns(directory):
    o = run("htl", directory, "--csv", "-")
    found = complaints_about_success(o)
    row = list(csv.DictReader(io.StringIO(o.out)))[0]
    for name in ["contended", "bypassed", "bypass_streak"]:
        if int(row["alloc_lock." + name]) == 0:
            found.append("alloc_lock.%s is 0" % name)
    o = run("htl", directory)
    found += complaints_about_success(o)
    lines = [line.split() for line in o.out.splitlines()]
    readers = [w for w in lines if w[:2] == ["alloc_lock", "readers"]]
    if len(readers) != 1 or readers[0][-2:] != [
            row["alloc_lock.bypassed"], row["alloc_lock.bypass_streak"]]:
        found.append("the readers' line is %s" % readers)
    if sum(w[:2] == ["alloc_lock", "writers"] for w in lines) != 1:
        found.append("no line of the writers of alloc_lock")
    return found
