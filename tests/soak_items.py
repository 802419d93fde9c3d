"""What soak.py does in a round, and how each item is judged.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import json
import os
import re
import shlex

PUBLISHED = "perpage", "chunk", "extent"
WRITERS = PUBLISHED + ("adaptive",)
PAGERS = WRITERS + ("fatfs", "fatfs-perpage")
# Of each pager: tries in which the store refused a write, what became of them,
# findings of runs, with faults or without; images, and those of a power cut in
# which something synced was not there (docs/reliability.md, 2.4).
OF_PAGER = ("refused", "reported", "retried", "lost", "findings", "images",
            "unsynced")
COLUMNS = ["items", "runs", "faults", "cuts", "images", "known", "failed"] + [
    "%s.%s" % (p, c) for p in PAGERS for c in OF_PAGER]

SIZED = ("contend", "database", "extend", "mix", "overwrite", "save",
         "seqwrite")
WORKLOADS = SIZED + ("logs",)
TRACES = ("build", "chaos", "dpkg-unpack", "git-checkout", "git-clone",
          "git-rebase")
REFUSED = "eio,enospc,short,bad"
LATE = "slow,delay,memory,kill"

# Findings without a fault that docs/ explain: oracle, text, pagers, and what
# must be in the command.
KNOWN = (
    # docs/traces.md: the kernel's own, with any pager.
    ("order", "", PAGERS, "machine.cpus="),
    # The same page: class D7 of tests/conformance/FORMAT.md.
    ("assertion", "Assertion `bl.*k. failed", PUBLISHED, ""),
    # The same page: a page-in that failed, in the server's own truncate.
    ("signal", "", ("adaptive",), "chaos"),
)


class Said:
    def __init__(self, status, text):
        self.status, self.text = status, text


class Item:
    """Commands, one after the other, and a verdict on what they said."""

    pager = None

    def commands(self, place):
        yield self.command(place)

    def command(self, place):
        raise NotImplementedError

    def goes_on(self, said):
        """Whether the next command makes sense."""
        return said[-1].status == 0

    def image(self, place):
        """The one to keep."""
        return os.path.join(place, "image")

    def shown(self, place, image):
        """The first command, for people."""
        words = [w for w in next(iter(self.commands(place)))
                 if not w.startswith(("--json=", "--csv="))]
        return " ".join(shlex.quote(image if w == self.image(place) else w)
                        for w in words)


def is_known(finding, pager, command):
    return any(finding["oracle"] == oracle
               and re.search(text, finding["what"]) and pager in pagers
               and in_command in " ".join(command)
               for oracle, text, pagers, in_command in KNOWN)


def drawn(rng, memory=True):
    """Settings; no two seeds' runs are alike."""
    settings = {
        "sync.interval": rng.choice(("1ms", "5ms", "50ms", "5s")),
        "lock.policy": rng.choice(("writer", "htl", "fifo", "barging")),
        "machine.cpus": rng.choice((1, 1, 1, 2, 4)),
        "store.device": rng.choice(("virtio", "ssd", "hdd", "ram")),
        "fs.fragmentation": rng.choice((0, 0, 6, 40)),
        "fs.fill": rng.choice((0, 40)),
        "mach.return_pages": rng.choice((32, 32, 4, 256)),
    }
    if memory:
        settings["machine.memory"] = rng.choice(("2G", "64M", "32M"))
    if settings["machine.cpus"] == 1:
        del settings["machine.cpus"]
    return ["%s=%s" % pair for pair in settings.items()]


def flags(settings):
    return [word for s in settings for word in ("--set", s)]


class Run(Item):
    """A workload, its findings, its image; perhaps with faults by chance."""

    def __init__(self, rng, seed, workload, pager, fault=None):
        self.pager, self.fault, self.fat = pager, fault, "fatfs" in pager
        settings = ["store.size=256M"] + drawn(rng)
        if workload in SIZED:
            settings.append("file.size=" + rng.choice(("256K", "1M", "4M")))
        self.words = ["pagersim", "run", workload, "--pager", pager, "--seed",
                      str(seed)] + flags(settings)
        if fault:
            self.words += ["--fault", fault]

    def command(self, place):
        return self.words + ["--json=" + os.path.join(place, "json"),
                             "--image", self.image(place), "--quiet"]

    def commands(self, place):
        yield self.command(place)
        yield (["fsck.fat", "-n"] if self.fat else ["e2fsck", "-fn"]) \
            + [self.image(place)]

    def goes_on(self, said):
        return said[-1].status in (0, 1)

    def judge(self, said, place, figures):
        status = said[0].status
        if status not in (0, 1):
            return f"exit status {status}"
        with open(os.path.join(place, "json"), encoding="utf-8") as file:
            run = json.load(file)
        figures["runs"] += 1
        figures["faults"] += run.get("faults", {}).get("hits", 0)
        figures[self.pager + ".findings"] += len(run["findings"])
        for finding in run["findings"]:
            if self.fault and self.pager in PUBLISHED:
                continue
            if not is_known(finding, self.pager, self.words):
                return f"{finding['oracle']}: {finding['what']}"
            figures["known"] += 1
        if status != (run["verdict"] != "ok"):
            return f"exit status {status}, verdict {run['verdict']}"
        if run["verdict"] in ("crash", "deadlock", "timeout"):
            if not run["findings"]:
                return run["verdict"]
            return None  # and no image
        figures["images"] += 1
        figures[self.pager + ".images"] += 1
        if said[1].status == 0:
            return None
        # Directories are files: what was refused of them and never written
        # again is missing.
        if self.fault and (self.pager in PUBLISHED
                           or self.fault.startswith("bad")):
            figures[self.pager + ".findings"] += 1
            return None
        return f"fsck's exit status {said[1].status}"


class Faults(Item):
    """Each kind at some of the store writes, under several pagers."""

    def __init__(self, rng, seed, workload, pagers, kinds, path=None):
        self.kinds = kinds
        settings = drawn(rng, memory=False)
        if workload in SIZED:
            settings.append("file.size=" + rng.choice(("256K", "1M")))
        self.words = ["pagersim", "faults", workload, "--seed", str(seed),
                      "--kind", kinds, "--limit", "3", "--jobs", "1"]
        for pager in pagers:
            self.words += ["--pager", pager]
        if path:
            self.words += ["--path", path]
        self.words += flags(settings)

    def command(self, place):
        return self.words + ["--quiet",
                             "--csv=" + os.path.join(place, "csv")]

    def judge(self, said, place, figures):
        if said[0].status not in (0, 1):
            return f"exit status {said[0].status}"
        wrong = None
        with open(os.path.join(place, "csv"), newline="",
                  encoding="utf-8") as file:
            for row in csv.DictReader(file):
                wrong = self.count(row, figures) or wrong
        return wrong

    def count(self, row, figures):
        pager, outcome = row["pager"], row["outcome"]
        figures["runs"] += 1
        figures["faults"] += 1
        if outcome == "no end" and int(row["gave_up"]) > 0:
            outcome = "reported"  # to a program that others wait for
        if self.kinds == REFUSED:
            figures[pager + ".refused"] += 1
            if outcome in ("reported", "retried", "lost"):
                figures[f"{pager}.{outcome}"] += 1
        if outcome in ("reported", "retried", "harmless"):
            return None
        if pager in PUBLISHED and self.kinds == REFUSED:
            return None
        if outcome == "no end" and row["fault"].startswith("kill"):
            return None  # others may wait for one that was killed
        return f"{outcome} under {pager}, fault {row['fault']}"


class Cuts(Item):
    """Power cuts of a workload under one pager."""

    def __init__(self, rng, seed, workload, pager):
        self.pager = pager
        self.words = ["pagersim", "powercut", workload, "--pager", pager,
                      "--seed", str(seed), "--jobs", "1"]
        settings = ["sync.interval=" + rng.choice(("5ms", "50ms", "200ms"))]
        how = rng.choice(("through", "through", "cache", "flush"))
        small = workload in ("database", "mix", "overwrite")
        if workload in SIZED:
            sizes = ("128K",) if small or how != "through" else \
                ("128K", "512K", "1M")
            settings.append("file.size=" + rng.choice(sizes))
        if workload == "save":
            settings += ["save.rounds=1", "save.document=48K"]
        if workload == "logs":
            settings += ["logs.size=512K", "logs.count=8", "fsync.every=4"]
        if how != "through":
            self.words += ["--cache", "--samples", "1"]
        if how == "flush":
            settings.append("ext2fs.flush=yes")
        self.words += flags(settings)

    def command(self, place):
        return self.words + [
            "--quiet", "--csv=" + os.path.join(place, "csv"), "--out",
            os.path.join(place, "out")]

    def image(self, place):
        return os.path.join(place, "out", "cut-1.img")

    def judge(self, said, place, figures):
        if said[0].status not in (0, 1):
            return f"exit status {said[0].status}"
        with open(os.path.join(place, "csv"), newline="",
                  encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        figures["runs"] += 1
        figures["cuts"] += len({row["cut"] for row in rows})
        figures["images"] += len(rows)
        figures[self.pager + ".images"] += len(rows)
        flushed = "ext2fs.flush=yes" in self.words
        unsynced = sum(row["verdict"] == "synced" for row in rows)
        figures[self.pager + ".unsynced"] += unsynced
        for row in rows:
            known = row["verdict"] == "synced" and not flushed
            if row["verdict"] not in ("ok", "lost") and not known:
                return f"{row['verdict']}: cut {row['cut']}:{row['variant']}"
        figures["known"] += unsynced > 0
        if said[0].status and not unsynced:
            return "exit status 1, and no row says why"
        return None


class Trace(Item):
    """A recorded trace; trace_table.py judges image and contents."""

    def __init__(self, rng, seed, trace, pager):
        self.trace, self.pager = trace, pager
        self.words = ["tests/trace_table.py", "--bare", "--jobs", "1",
                      "--pager", pager, "--seed", str(seed)] \
            + flags(drawn(rng)) + [trace]

    def command(self, place):
        return self.words + ["--keep", place]

    def image(self, place):
        """What trace_table.py calls it."""
        kept = [f for f in os.listdir(place) if f.endswith(".img")]
        return os.path.join(place, kept[0]) if kept else None

    def judge(self, said, place, figures):
        status, text = said[0].status, said[0].text.strip()
        if status not in (0, 1):
            return f"exit status {status}"
        figures["runs"] += 1
        if status == 0:
            figures["images"] += 1
            figures[self.pager + ".images"] += 1
            return None
        row = text.splitlines()[0] if text else "nothing was said"
        verdict = re.split(r"\s{2,}", row)[-1]
        oracle = re.fullmatch(r"([a-z_-]+)( \(\d+\))?", verdict)
        # What it was is in docs/traces.md; here is only the oracle.
        what = "Assertion `block' failed"
        if oracle and is_known({"oracle": oracle.group(1), "what": what},
                               self.pager, self.words):
            figures[self.pager + ".findings"] += 1
            figures["known"] += 1
            return None
        # docs/traces.md: a page of chaos that was cut while on its way.
        if self.pager == "adaptive" and self.trace == "chaos" \
                and re.match(r"refused: \d+: [a-z]+: EIO$", verdict):
            figures["known"] += 1
            return None
        return verdict


def round_of(rng, seed):
    """The items of a round, in an order of their own."""
    def workload(i):
        return WORKLOADS[(seed + i) % len(WORKLOADS)]

    items = [Run(rng, seed, workload(i), p) for i, p in enumerate(PAGERS)]
    for i, pager in enumerate(WRITERS):
        fault = "%s@file:p=%d" % (rng.choice(REFUSED.split(",")),
                                  rng.choice((1000, 10000, 100000)))
        items.append(Run(rng, seed, workload(i + 3), pager, fault))
    items.append(Faults(rng, seed, workload(1), WRITERS, REFUSED))
    # docs/reliability.md, 1.6: fatfs does not say whether a block is in use.
    items.append(Faults(rng, seed, workload(2), PAGERS[4:], REFUSED, "file"))
    items.append(Faults(rng, seed, workload(4), WRITERS, LATE))
    items.append(Cuts(rng, seed, workload(5), WRITERS[seed % 4]))
    items.append(Cuts(rng, seed, workload(5), WRITERS[(seed + 2) % 4]))
    for i, pager in enumerate(PAGERS):
        trace = TRACES[(seed + i) % len(TRACES)]
        # FAT has no names with a colon.
        if trace != "dpkg-unpack" or i < len(WRITERS):
            items.append(Trace(rng, seed, trace, pager))
    rng.shuffle(items)
    return items
