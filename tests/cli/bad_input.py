"""Bad input to pagersim: arguments, keys, workloads, pagers, places.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import subprocess

from harness import (COMMANDS, ROOT, SEQWRITE, SMALL, TESTS,
                     complaints_about_refusal, files_below, pagersim, refused,
                     test)


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
