"""The command line of pagersim, as a user or a script meets it.

Bad input gets exactly one line on stderr and exit status 2, nothing on stdout,
and leaves no file behind nor changes one that was there.  Good input prints
what it should, keeps stderr empty when that is no terminal, and exits with 0.

test_cli.py BUILD.  The last line is "N passed, N failed"; exit status 1 when
one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Host seconds for one command.  The slowest are hangs, given up after 5 s.
PATIENCE = 60

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
PAGERSIM = os.path.join(BUILD, "pagersim")
CONFORMANCE = os.path.join(BUILD, "tests", "conformance")
CASES = os.path.join(ROOT, "tests", "conformance")
SEQWRITE = os.path.join(ROOT, "workloads", "seqwrite.lua")
SMALL = ["--set", "file.size=1M"]
PAGERS = ["perpage", "chunk", "extent"]
COMMANDS = ["run", "reproduce", "compare", "list"]
LISTS = ["pagers", "locks", "devices", "costs", "workloads", "keys"]

TESTS = []  # (what, function of a directory of its own, giving complaints)


class Outcome:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def pagersim(*args, cwd=None, stdout=subprocess.PIPE, program=PAGERSIM):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    try:
        p = subprocess.run([program, *args], cwd=cwd, stdout=stdout,
                           stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                           timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        return Outcome(None, "", "no end after %d s" % PATIENCE)
    return Outcome(p.returncode, (p.stdout or b"").decode("utf-8", "replace"),
                   p.stderr.decode("utf-8", "replace"))


def test(what):
    def add(function):
        TESTS.append((what, function))
        return function
    return add


# ---- Bad input --------------------------------------------------------------


def complaints_about_refusal(o, pattern):
    """What is wrong with O as the answer to bad input."""
    found = []
    if o.status != 2:
        found.append("exit status %s, not 2" % o.status)
    lines = o.err.splitlines()
    if len(lines) != 1 or not o.err.endswith("\n") or not lines[0].strip():
        found.append("%d lines on stderr, not 1" % len(lines))
    if o.out:
        found.append("%d bytes on stdout" % len(o.out))
    if re.search(r"stack traceback|Traceback|\*\*\*|0x[0-9a-f]{6}", o.err):
        found.append("a traceback or an address on stderr")
    if pattern and not re.search(pattern, o.err):
        found.append("stderr does not say `%s'" % pattern)
    if found:
        found.append("stderr: " + o.err[:500].rstrip())
    return found


def files_below(directory):
    return sorted(os.path.relpath(os.path.join(d, f), directory)
                  for d, _, fs in os.walk(directory) for f in fs)


def refused(what, *args, says=None, files=None, keep=False, **how):
    """ARGS are refused with one line that matches SAYS.  FILES (name: text)
    are in the current directory.  With KEEP an older result is there, and must
    stay as it is."""
    def run(directory):
        for name, text in (files or {}).items():
            mode = "wb" if isinstance(text, bytes) else "w"
            with open(os.path.join(directory, name), mode) as f:
                f.write(text)
        if keep:
            with open(os.path.join(directory, "out.json"), "w") as f:
                f.write("older\n")
        before = files_below(directory)
        found = complaints_about_refusal(
            pagersim(*args, cwd=directory, **how), says)
        left = [f for f in files_below(directory) if f not in before]
        if left:
            found.append("left behind: " + " ".join(left))
        if keep:
            with open(os.path.join(directory, "out.json")) as f:
                if f.read() != "older\n":
                    found.append("the older result was changed")
        return found
    TESTS.append((what, run))


def refused_set(assignment, says=None):
    refused("--set " + assignment, "run", SEQWRITE, *SMALL, "--set",
            assignment, "--json", "out.json", says=says)


def refused_workload(what, text, says=r"^\S*bad\.lua:\d+: "):
    """A workload with a fault in it; a place is named."""
    refused("a workload: " + what, "run", "bad.lua", "--json", "out.json",
            says=says, files={"bad.lua": text}, keep=True)


refused("no command")
refused("an unknown command", "rnu", says="rnu")
refused("an empty command", "")
refused("an unknown option before the command", "--nonsense")
for command in COMMANDS:
    refused(command + ": an unknown option", command, "--nonsense",
            says="nonsense")
refused("run without a workload", "run")
refused("run with two workloads", "run", SEQWRITE, SEQWRITE)
refused("a workload that is not there", "run", "nowhere.lua", "--json",
        "out.json", says="nowhere.lua")
refused("a workload that is a directory", "run", ROOT, "--json", "out.json")
refused("an empty workload name", "run", "")
refused("a workload with a line feed in its name", "run", "a\nb.lua")
refused("a workload without an end", "run", "/dev/zero", says="/dev/zero")
refused("a long name", "run", "x" * 100000)
refused("compare with one result", "compare", "a.json")
refused("compare with results that are not there", "compare", "a.json",
        "b.json", says="a.json")
refused("compare with text", "compare", "a.json", "a.json", says="a.json",
        files={"a.json": "so it goes\n"})
refused("compare with another schema", "compare", "a.json", "a.json",
        says="a.json", files={"a.json": '{"schema":"something.else/1"}\n'})
refused("compare with half a result", "compare", "a.json", "a.json",
        says="a.json", files={"a.json": '{"schema":"pagersim.run/1"}\n'})
refused("list without a subject", "list")
refused("list of an unknown subject", "list", "cheese", says="cheese")
refused("list keys of a workload that is not there", "list", "keys",
        "nowhere.lua", says="nowhere.lua")

# Keys and values.  An unknown one gets the nearest that is known.
refused_set("machine.memroy=1G", says="machine.memory")
refused_set("file.sise=1M", says="file.size")
refused_set("machine.memory", says="machine.memory")
refused_set("=1")
refused("--set of a long key", "run", SEQWRITE, "--set", "k" * 100000 + "=1")
refused("--set of a long value", "run", SEQWRITE, "--set",
        "machine.memory=" + "9" * 100000, says="machine.memory")
refused("--set with a line feed", "run", SEQWRITE, "--set", "a\nb=1\n2")
refused_set("")
refused_set("machine.memory=", says="machine.memory")
refused_set("machine.memory=lots", says="machine.memory")
refused_set("machine.memory=1X", says="machine.memory")
refused_set("machine.memory=-1G", says="machine.memory")
refused_set("machine.memory=1K", says="machine.memory")
refused_set("machine.memory=1.5e3G", says="machine.memory")
refused_set("machine.memory=99999999999999999999", says="machine.memory")
refused_set("machine.memory=18446744073709551616", says="machine.memory")
refused_set("machine.memory=16777216T", says="machine.memory")
refused_set("machine.memory=17179869184G", says="machine.memory")
refused_set("machine.cpus=0", says="machine.cpus")
refused_set("machine.cpus=1000000", says="machine.cpus")
refused_set("machine.cpus=two", says="machine.cpus")
refused_set("lock.policy=writre", says="writer")
refused_set("store.device=virtoi", says="virtio")
refused_set("libpager.serial=maybe", says="libpager.serial")
refused_set("libpager.workers=0", says="libpager.workers")
refused_set("fs.fill=101", says="fs.fill")
refused_set("sync.interval=1 fortnight", says="sync.interval")
refused_set("sync.interval=99999999999999999999s", says="sync.interval")
refused_set("sync.interval=18446744074s", says="sync.interval")
refused_set("pager.chunk_blocks=0", says="pager.chunk_blocks")
refused_set("file.size=99999999999999999999", says="file.size")
refused_set("file.size=many", says="file.size")
refused_set("file.size=-1", says="file.size")
refused("--set without a value", "run", SEQWRITE, "--set")
refused("--seed one", "run", SEQWRITE, "--seed", "one", says="one")
refused("--seed -1", "run", SEQWRITE, "--seed", "-1")
refused("--seed beyond 64 bits", "run", SEQWRITE, "--seed",
        "18446744073709551616")
refused("--pager of an unknown name", "run", SEQWRITE, "--pager", "chunck",
        says="chunk")

# Workloads.
refused_workload("a syntax error", "thread (\"t\", function ()\n  x = = 1\n"
                 "end)\n")
refused_workload("an error at its top", "local t\nt.x = 1\n")
refused_workload("error () with a table", "\nerror ({})\n",
                 says=r"^\S*bad\.lua")
refused_workload("an error in a thread",
                 "thread (\"t\", function ()\n  local f = create \"a\"\n"
                 "  f:write (0, 4096)\n  local t\n  t.x = 1\nend)\n",
                 says=r"^\S*bad\.lua:5: ")
refused_workload("an unknown function", "cheese ()\n")
refused_workload("an unknown method",
                 "thread (\"t\", function ()\n  create \"a\":eat ()\nend)\n")
refused_workload("a wrong argument",
                 "thread (\"t\", function ()\n"
                 "  create \"a\":write (0, \"much\")\nend)\n")
refused_workload("a negative offset",
                 "thread (\"t\", function ()\n"
                 "  create \"a\":write (-4096, 4096)\nend)\n")
refused_workload("a size that overflows",
                 "thread (\"t\", function ()\n"
                 "  create \"a\":write (0, \"99999999999T\")\nend)\n")
refused_workload("an unknown key", "machine { memroy = \"1G\" }\n"
                 "thread (\"t\", function () end)\n")
refused_workload("a value out of range", "machine { memory = 1 }\n"
                 "thread (\"t\", function () end)\n")
refused_workload("no thread", "param (\"a.b\", \"1M\", \"c\")\n",
                 says=r"^\S*bad\.lua.*thread")
refused_workload("nothing at all", "", says=r"^\S*bad\.lua.*thread")
refused_workload("a thread that is no function", "thread (\"t\", 1)\n")
refused_workload("an endless loop", "while true do end\n")
refused_workload("an endless loop that catches errors",
                 "while true do pcall (function () while true do end end) "
                 "end\n")
refused_workload("an endless loop in a thread",
                 "thread (\"t\", function ()\n  while true do end\nend)\n")
refused_workload("an endless recursion",
                 "local function f () return 1 + f () end\nf ()\n")
refused_workload("an endless C pattern",
                 "local s = string.rep (\"a\", 200)\n"
                 "string.find (s, string.rep (\".-\", 40) .. \"b\")\n",
                 says=r"^\S*bad\.lua(:\d+)?: ")
refused_workload("an endless C pattern in a thread",
                 "thread (\"t\", function ()\n"
                 "  local s = string.rep (\"a\", 200)\n"
                 "  string.find (s, string.rep (\".-\", 40) .. \"b\")\nend)\n",
                 says=r"^\S*bad\.lua(:\d+)?: ")
refused_workload("a memory hog",
                 "local t = {}\n"
                 "while true do t[#t + 1] = string.rep (\"x\", 1 << 20) "
                 "end\n", says=r"^\S*bad\.lua(:\d+)?: .*memory")
refused_workload("one huge string", "string.rep (\"x\", 1 << 40)\n")
refused_workload("a memory hog that catches errors",
                 "local t = {}\nwhile true do pcall (function ()\n"
                 "  t[#t + 1] = string.rep (\"x\", 1 << 20) .. #t end) end\n",
                 says=r"^\S*bad\.lua(:\d+)?: ")
refused_workload("a memory hog in a thread",
                 "thread (\"t\", function ()\n  local t = {}\n"
                 "  while true do t[#t + 1] = { t } end\nend)\n",
                 says=r"^\S*bad\.lua(:\d+)?: .*memory")
refused_workload("an endless loop in a coroutine",
                 "coroutine.wrap (function () while true do end end) ()\n")
refused_workload("an endless loop when garbage is collected",
                 "setmetatable ({}, { __gc = function ()\n"
                 "  while true do end end })\n"
                 "thread (\"t\", function () error \"x\" end)\n")
refused_workload("an error of two lines", "error (\"one\\ntwo\")\n")
refused_workload("an error with control characters",
                 "error (\"a\\27[2Jb\\0c\\rd\")\n")
refused_workload("a long error", "error (string.rep (\"long \", 10000))\n")
refused_workload("error () with nothing", "\nerror ()\n",
                 says=r"^\S*bad\.lua")
refused_workload("an error in __tostring",
                 "error (setmetatable ({}, { __tostring = function ()\n"
                 "  error \"again\" end }))\n", says=r"^\S*bad\.lua")
refused_workload("bytecode", "\x1bLua\x54", says=r"^\S*bad\.lua")
refused_workload("zero bytes", b"\0" * 100, says=r"^\S*bad\.lua")
for call in ["os.execute (\"touch left\")", "os.exit (0)",
             "io.open (\"left\", \"w\")", "require \"os\"",
             "package.loadlib (\"x\", \"y\")", "debug.getregistry ()",
             "load (string.dump (function () end)) ()",
             "dofile (\"/etc/hostname\")", "loadfile (\"/etc/hostname\") ()",
             "collectgarbage ()", "math.sin (1)", "os.time ()",
             "math.randomseed (1)"]:
    refused_workload(call, "\n" + call + "\n")


# Pagers.
refused("--pager: a file that is not there", "run", SEQWRITE, "--pager",
        "./nowhere.so", says="nowhere.so")
refused("--pager: text", "run", SEQWRITE, "--pager", "./text.so",
        "--json", "out.json", says="text.so", files={"text.so": "text\n"})
refused("--pager: an empty file", "run", SEQWRITE, "--pager", "./empty.so",
        says="empty.so", files={"empty.so": ""})
refused("--pager: a directory", "run", SEQWRITE, "--pager", "/tmp/")


def refused_pager(what, source, says):
    def run(directory):
        with open(os.path.join(directory, "p.c"), "w") as f:
            f.write(source)
        subprocess.run(["gcc", "-shared", "-fPIC", "-DHURD_API_NO_REDIRECT",
                        "-I", os.path.join(ROOT, "pagers", "include"), "-o",
                        "p.so", "p.c"], cwd=directory, check=True)
        before = files_below(directory)
        found = complaints_about_refusal(
            pagersim("run", SEQWRITE, "--pager", "./p.so", "--json",
                     "out.json", cwd=directory), says)
        if files_below(directory) != before:
            found.append("files are left behind")
        return found
    TESTS.append(("--pager: " + what, run))


refused_pager("another library", "int hurd_serve;\n", r"p\.so.*hurd_server")
refused_pager("a missing symbol",
              "int no_such_function (void);\n"
              "int f (void) { return no_such_function (); }\n",
              r"p\.so.*no_such_function")
refused_pager("another version",
              "#include <hurd_server.h>\n"
              "const struct hurd_server hurd_server\n"
              "  = { .version = HURD_API_VERSION + 1 };\n",
              r"p\.so.*version")
refused_pager("a server that can nothing",
              "#include <hurd_server.h>\n"
              "const struct hurd_server hurd_server\n"
              "  = { .version = HURD_API_VERSION };\n", r"p\.so")

# Where results go.
for option in ["--json", "--csv"]:
    refused(option + " to a directory that is not there", "run", SEQWRITE,
            *SMALL, option, "nowhere/out", says="nowhere")
    refused(option + " to a directory", "run", SEQWRITE, *SMALL, option, ".")
    refused(option + " below a file", "run", SEQWRITE, *SMALL, option,
            "file/out", files={"file": "text\n"})
    refused(option + " to a full disk", "run", SEQWRITE, *SMALL, option,
            "/dev/full", says="/dev/full")


@test("stdout on a full disk")
def stdout_full(directory):
    with open("/dev/full", "wb") as full:
        o = pagersim("run", SEQWRITE, *SMALL, cwd=directory, stdout=full)
    return complaints_about_refusal(o, None)


@test("--json to stdout on a full disk")
def json_stdout_full(directory):
    with open("/dev/full", "wb") as full:
        o = pagersim("run", SEQWRITE, *SMALL, "--json", "-", cwd=directory,
                     stdout=full)
    return complaints_about_refusal(o, None)


# ---- Good input -------------------------------------------------------------


def complaints_about_success(o):
    found = []
    if o.status != 0:
        found.append("exit status %s, not 0" % o.status)
    if o.err:
        found.append("stderr: " + o.err[:500].rstrip())
    if not o.out.strip():
        found.append("nothing on stdout")
    return found


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


@test("reproduce: a line for every pager")
def reproduce(directory):
    o = pagersim("reproduce", cwd=directory)
    found = ["no " + p for p in PAGERS if p not in o.out]
    # 1: a cell is not as published, which is no fault of the command.
    if o.status not in (0, 1):
        found.append("exit status %s" % o.status)
    if o.err:
        found.append("stderr: " + o.err[:300])
    return found


# ---- The conformance driver -------------------------------------------------


def refused_case(what, text, says):
    refused("conformance: " + what, "bad.jsonl", program=CONFORMANCE,
            files={"bad.jsonl": text}, says=r"^bad\.jsonl:%s" % says)


def case(name, number):
    with open(os.path.join(CASES, name + ".jsonl")) as f:
        return json.loads(f.readlines()[number])


def lines(*cases):
    return "".join(json.dumps(c) + "\n" for c in cases)


refused("conformance without a file", program=CONFORMANCE)
refused("conformance: a file that is not there", "nowhere.jsonl",
        program=CONFORMANCE, says=r"^nowhere\.jsonl: ")
refused_case("no JSON", lines({"id": 1})[:5] + "\n", "1: ")
refused_case("no object", "[]\n", "1: ")
refused_case("zero bytes", "\0\0\n", "1: ")
refused_case("an unknown kind", lines({"id": "a", "page": 4096}), "1: ")
refused_case("a member that is missing",
             lines({k: v for k, v in case("ext2_v1", 0).items()
                    if k != "inject"}), "1: .*inject")
refused_case("a member of another type",
             lines(dict(case("coalesce", 0), dirty=1)), "1: .*dirty")
refused_case("a value out of range",
             lines(dict(case("aggregate", 0), message_pages=0)),
             "1: .*message_pages")


@test("conformance: cases of all kinds in one file, one of them wrong")
def conformance_mixed(directory):
    names = ["coalesce", "ext2_perpage", "ext2_v1", "ext2_v2", "aggregate"]
    cases = [case(name, 0) for name in names]
    wrong = case("coalesce", 0)
    wrong["id"] = "wrong"
    wrong["expect"]["waits"] += 1
    path = os.path.join(directory, "mixed.jsonl")
    found = []
    for text, status, last, count in [
            (lines(*cases), 0, "5 passed, 0 failed", 2),
            (lines(*cases, wrong), 1, "5 passed, 1 failed", 3)]:
        with open(path, "w") as f:
            f.write(text)
        o = pagersim("mixed.jsonl", cwd=directory, program=CONFORMANCE)
        out = o.out.splitlines()
        if (o.status != status or o.err or len(out) != count
                or out[-2:] != ["mixed.jsonl: " + last, last]
                or count == 3 and not re.search(
                    r"\bwrong: .*waits: wanted 1, got 0", out[0])):
            found.append("exit status %s, output: %s" % (o.status,
                                                         o.out + o.err))
    return found


# ---- All of them ------------------------------------------------------------


def run_test(entry):
    what, function = entry
    with tempfile.TemporaryDirectory(prefix="pagersim-cli-") as directory:
        try:
            return what, function(directory)
        except Exception as e:  # a test of ours that broke is a failure
            return what, ["%s: %s" % (type(e).__name__, e)]


def main():
    if not os.access(PAGERSIM, os.X_OK):
        sys.exit("%s: not built" % PAGERSIM)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for what, found in pool.map(run_test, TESTS):
            if found:
                failed += 1
                print("%s:" % what)
                for complaint in found:
                    print("    " + complaint)
    print("%d passed, %d failed" % (len(TESTS) - failed, failed))
    sys.exit(1 if failed else 0)


main()
