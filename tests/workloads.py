#!/usr/bin/python3
"""The workloads that contend, and libpager.serial=no: workloads.py [BUILD]

Each of the workloads runs to its end under every pager; something waits in it,
on every device; and `list' shows it.  In the world in which one object's
requests are served at the same time, nothing is lost, and readers pass a
waiting writer just where the lock's policy lets them.

The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import concurrent.futures
import filecmp
import json
import os
import subprocess
import sys
import tempfile

# Each with what makes it small, and the histogram of what it waits for.
WORKLOADS = {
    "extend": (["file.size=2M"], "client.write_ns"),
    "contend": (["file.size=2M"], "client.write_ns"),
    "logs": (["logs.size=2M"], "client.write_ns"),
    "database": (["commit.count=32"], "fault.queue_ns"),
    "overwrite": (["write.count=512"], "fault.queue_ns"),
    "mix": (["file.size=2M", "others.size=512K"], "client.write_ns"),
}
PAGERS = "perpage", "chunk", "extent", "adaptive"
DEVICES = "ram", "virtio", "ssd", "hdd"
CONCURRENT = "libpager.serial=no"

# Admit no reader past a waiting writer, and admit it.
STRICT = "writer", "fifo"
LENIENT = "htl", "reader", "barging"

# Pages are stored to again while they are on their way to the store, in runs
# that overlap: the last version has to be the last that is written.
AGAIN = """
sync { interval = "2ms" }
setup (function ()
  local f = assert (create "again")
  assert (f:write (0, "1M"))
  f:close ()
end)
thread ("writer", function ()
  local f = assert (open "again")
  for first = 0, 248, 4 do
    for _ = 1, 12 do
      local page = first + random (0, 7)
      assert (f:write (page * 4096, 4096 * random (math.min (4, 256 - page))))
      sleep (random (0, 2000000))
    end
  end
  assert (f:sync ())
end)
"""

# Pages are wanted again while they are being evicted.
PRESSED = """
sync { interval = "20ms" }
machine { memory = "16M" }
local done = false
setup (function ()
  assert (assert (create "hot"):write (0, "1M"))
end)
for _ = 1, 8 do
  thread ("hot", function ()
    local m = assert (assert (open "hot"):map (0, "1M"))
    repeat
      assert (m:store (random (0, 255) * 4096, 8))
      sleep "100us"
    until done
  end)
end
thread ("stream", function ()
  assert (assert (create "stream"):write (0, "32M", { bs = "64K" }))
  done = true
end)
"""


class Run:
    """One run of a workload: its document, and its exit status."""

    def __init__(self, build, workload, *sets, pager="extent", image=None):
        command = [build + "/pagersim", "run", workload, "--pager", pager, "--json"]
        for setting in sets:
            command += ["--set", setting]
        if image:
            command += ["--image", image]
        done = subprocess.run(command, capture_output=True, check=False)
        self.name = " ".join(command[1:])
        self.status = done.returncode
        self.log = done.stderr.decode()
        self.result = json.loads(done.stdout) if done.stdout else {}

    @property
    def ok(self):
        """Nothing was found."""
        return self.status == 0 and self.result["verdict"] == "ok"

    def longest(self, histogram):
        """The longest time in a histogram, in ns."""
        return self.result["histograms"][histogram]["max"]

    def counter(self, name):
        """A counter."""
        return self.result["counters"][name]


class Checks:
    """What passed and what failed; several runs at a time."""

    def __init__(self, build, directory):
        self.build = build
        self.directory = directory
        self.passed = 0
        self.failed = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def check(self, good, what):
        """Count one check; say what is wrong if it is not GOOD."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("workloads: " + what)

    def run(self, *words, **options):
        """Start a run; its result() is a Run."""
        return self.pool.submit(Run, self.build, *words, **options)

    def verdicts(self):
        """Every workload ends well, one message at a time or several."""
        runs = []
        for workload, (small, _) in WORKLOADS.items():
            for pager in PAGERS:
                for device in "ram", "hdd":
                    for serial in "yes", "no":
                        sets = ["store.device=" + device, "libpager.serial=" + serial]
                        runs.append(self.run(workload, *small, *sets, pager=pager))
        # More workers than requests, one alone, and several processors.
        for extra in "libpager.workers=1", "libpager.workers=64", "machine.cpus=4":
            runs.append(self.run("mix", *WORKLOADS["mix"][0], CONCURRENT, extra))
        for run in runs:
            r = run.result()
            self.check(r.ok, "%s: exit status %d\n%s" % (r.name, r.status, r.log))

    def waits(self):
        """As they are, something waits long in each, beside several syncs."""
        runs = [
            (histogram, self.run(workload, "store.device=" + device))
            for workload, (_, histogram) in WORKLOADS.items()
            for device in DEVICES
        ]
        for histogram, run in runs:
            r = run.result()
            self.check(r.counter("sync.runs") >= 4, r.name + ": too few syncs")
            # A page that stands in nobody's way takes some 10 us.
            self.check(r.longest(histogram) > 200000, r.name + ": no long wait")

    def load(self):
        """More load is less time, until the store gives the pace."""
        times = []
        for rate in "16M", "64M":
            r = self.run("extend", "load.rate=" + rate).result()
            times.append(r.result["virtual_ns"])
        self.check(times[0] > 3 * times[1], "extend: load.rate gives no pace")

    def lists(self):
        """`list workloads' shows the first line, `list keys' the load."""
        command = [self.build + "/pagersim", "list"]
        lines = subprocess.check_output(command + ["workloads"]).decode().splitlines()
        for workload in WORKLOADS:
            with open("workloads/%s.lua" % workload, encoding="utf-8") as f:
                first = f.readline().lstrip("- ").rstrip()
            self.check(
                any(l.split(None, 1) == [workload, first] for l in lines),
                "list workloads: " + workload,
            )
            path = "workloads/%s.lua" % workload
            keys = subprocess.check_output(command + ["keys", path]).decode()
            self.check(
                any(l.startswith("load.rate ") and "LOAD: " in l for l in keys.splitlines()),
                "list keys: no load in " + workload,
            )

    def script(self, name, text):
        """A workload of our own."""
        path = os.path.join(self.directory, name + ".lua")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def dumped(self, name, file, workload, *sets, **options):
        """Run, let e2fsck judge the image, and return a copy of FILE in it."""
        image = os.path.join(self.directory, name + ".img")
        dump = os.path.join(self.directory, name)
        r = self.run(workload, *sets, image=image, **options).result()
        self.check(r.ok, r.name)
        if not r.ok:
            return None
        fsck = subprocess.run(["e2fsck", "-fn", image], capture_output=True, check=False)
        self.check(fsck.returncode == 0, r.name + "\n" + fsck.stdout.decode())
        if file:
            command = ["debugfs", "-R", "dump /%s %s" % (file, dump), image]
            subprocess.run(command, capture_output=True, check=False)
        os.unlink(image)
        return dump

    def same(self, file, size, workload, *sets, **options):
        """FILE has the same contents in both worlds, and that SIZE."""
        dumps = [
            self.dumped(s, file, workload, "libpager.serial=" + s, *sets, **options)
            for s in ("yes", "no")
        ]
        same = all(d and os.path.exists(d) for d in dumps)
        same = same and os.path.getsize(dumps[0]) == size
        same = same and filecmp.cmp(*dumps, shallow=False)
        self.check(same, "%s %s %s: contents differ" % (workload, sets, options))
        for d in dumps:
            if d and os.path.exists(d):
                os.unlink(d)

    def contents(self):
        """What one program wrote is the same on the store in both worlds."""
        for workload, file in ("extend", "grows"), ("overwrite", "image"):
            for memory in "16M", "512M":
                for pager in PAGERS:
                    self.same(file, 16 << 20, workload, "machine.memory=" + memory,
                              "lock.policy=reader", pager=pager)
        again = self.script("again", AGAIN)
        for pager in PAGERS:
            self.same("again", 1 << 20, again, "store.device=hdd", pager=pager)
        for workload in "contend", "logs", "mix":
            for memory in "24M", "512M":
                self.dumped("it", None, workload, CONCURRENT, "machine.memory=" + memory)

    def pressed(self):
        """A page that is asked for while it is being written comes from there,
        without the store being read."""
        path = self.script("pressed", PRESSED)
        answered = {}
        for serial in "yes", "no":
            sets = ["libpager.serial=" + serial, "store.device=hdd"]
            r = self.run(path, *sets).result()
            self.check(r.ok, r.name)
            read = r.counter("libpager.read_page")
            answered[serial] = r.counter("mach.data_request") - read
        self.check(answered["yes"] == 0 < answered["no"], "pressed: %s" % answered)
        self.dumped("it", None, path, CONCURRENT, "store.device=hdd")

    def starvation(self):
        """Who is passed by readers, policy by policy, and how long it waits."""
        for workload, pager in ("extend", "chunk"), ("extend", "extent"), ("contend", "chunk"):
            rows = {}
            for policy in STRICT + LENIENT:
                sets = [CONCURRENT, "store.device=ssd", "lock.policy=" + policy]
                rows[policy] = self.run(workload, *sets, pager=pager)
            rows = {policy: run.result() for policy, run in rows.items()}
            waits = {p: r.longest("alloc_lock.write_wait_ns") for p, r in rows.items()}
            for policy, r in rows.items():
                bypassed = r.counter("alloc_lock.bypassed")
                self.check(r.ok, r.name)
                self.check((bypassed == 0) == (policy in STRICT),
                           "%s: bypassed by %d" % (r.name, bypassed))
            for policy in LENIENT:
                self.check(waits[policy] > waits["writer"],
                           "%s: no longer than under writer" % rows[policy].name)
        # As the Hurd is, there is nobody to be passed by.
        for policy in LENIENT:
            r = self.run("extend", "lock.policy=" + policy, pager="chunk").result()
            self.check(r.counter("alloc_lock.bypassed") == 0, r.name + ": bypassed")

    def growth(self):
        """The more there is to write back, the longer readers keep a writer
        out; not so where it is only the readers that it found there."""
        waits = {}
        for policy in "writer", "reader":
            runs = [
                self.run("extend", CONCURRENT, "store.device=ssd", "load.rate=16M",
                         "lock.policy=" + policy, "sync.interval=" + interval,
                         pager="chunk")
                for interval in ("40ms", "160ms")
            ]
            waits[policy] = [r.result().longest("alloc_lock.write_wait_ns") for r in runs]
        self.check(waits["reader"][1] > 3 * waits["reader"][0], "reader: %s" % waits)
        self.check(waits["writer"][1] < 2 * waits["writer"][0], "writer: %s" % waits)


def main():
    """Run them all."""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    with tempfile.TemporaryDirectory() as directory:
        c = Checks(build, directory)
        for part in (c.verdicts, c.waits, c.load, c.lists, c.contents, c.pressed,
                     c.starvation, c.growth):
            part()
        c.pool.shutdown()
    print("%d passed, %d failed" % (c.passed, c.failed))
    return 1 if c.failed else 0


if __name__ == "__main__":
    sys.exit(main())
