"""Running the program and judging what it says: for the tests beside.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import subprocess
import sys
import tempfile

# Host seconds for one command.  The slowest are hangs, given up after 5 s.
PATIENCE = 180

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
PAGERSIM = os.path.join(BUILD, "pagersim")
CONFORMANCE = os.path.join(BUILD, "tests", "conformance")
CASES = os.path.join(ROOT, "tests", "conformance")
SEQWRITE = os.path.join(ROOT, "workloads", "seqwrite.lua")
SMALL = ["--set", "file.size=1M"]
PAGERS = ["perpage", "chunk", "extent", "adaptive"]
COMMANDS = ["run", "sweep", "merge", "reproduce", "faults", "powercut",
            "explore", "replay", "check", "compare", "list"]
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


def complaints_about_success(o):
    found = []
    if o.status != 0:
        found.append("exit status %s, not 0" % o.status)
    if o.err:
        found.append("stderr: " + o.err[:500].rstrip())
    if not o.out.strip():
        found.append("nothing on stdout")
    return found


def run_test(entry):
    what, function = entry
    with tempfile.TemporaryDirectory(prefix="pagersim-cli-") as directory:
        try:
            return what, function(directory)
        except Exception as e:  # a test of ours that broke is a failure
            return what, ["%s: %s" % (type(e).__name__, e)]
