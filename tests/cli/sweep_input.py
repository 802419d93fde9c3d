"""What sweep and merge refuse: flags, axes, grid files, parts.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

from harness import SEQWRITE, SMALL, refused


def refused_sweep(what, *args, says=None, files=None):
    refused("sweep: " + what, "sweep", SEQWRITE, *args, "--csv", "out.csv",
            "--out", "rows", says=says, files=files)


def refused_grid(what, text, says):
    refused("sweep: a grid: " + what, "sweep", "--grid", "g.lua", "--csv",
            "out.csv", says=says, files={"g.lua": text})


refused("sweep without a workload", "sweep", says="WORKLOAD")
refused("sweep of two workloads", "sweep", SEQWRITE, SEQWRITE)
refused("sweep of an empty name", "sweep", "")
refused("sweep of what is not there", "sweep", "nowhere.lua",
        says="nowhere.lua")
refused("sweep of a workload without an end", "sweep", "/dev/zero",
        says="/dev/zero")
refused("sweep of a directory", "sweep", ".")
refused("sweep of a workload with a fault", "sweep", "bad.lua",
        files={"bad.lua": "thread ("}, says=r"bad\.lua:1: ")

# Axes: all values are looked at before anything runs.
refused_sweep("no value", "--vary", "file.size", says="file.size")
refused_sweep("an empty value", "--vary", "file.size=1M,", says="missing")
refused_sweep("no key", "--vary", "=1M", says="=1M")
refused_sweep("an unknown key", "--vary", "file.sise=1M,2M",
              says="file.size")
refused_sweep("an unknown key beside a known one", "--vary",
              "pager.chunk_blocks+pager.cap_block=1,2",
              says="pager.cap_blocks")
refused_sweep("a bad value, the last", "--vary", "file.size=1M,2M,cheese",
              says="cheese")
refused_sweep("a bad word", "--vary", "lock.policy=writer,fofi", says="fifo")
refused_sweep("a value out of range", "--vary", "machine.cpus=1,65",
              says="65")
refused_sweep("one value twice", "--vary", "file.size=1M,1024K",
              says="1024K")
refused_sweep("one key twice", "--vary", "file.size=1M", "--vary",
              "file.size=2M", says="twice")
refused_sweep("one key twice on an axis", "--vary",
              "file.size+file.size=1M,2M", says="twice")
refused_sweep("a key both set and varied", *SMALL, "--vary",
              "file.size=1M,2M", says="file.size")
refused_sweep("a pager both given and varied", "--pager", "chunk", "--vary",
              "pager.name=chunk,extent", says="pager.name")
refused_sweep("an unknown pager", "--vary", "pager.name=chunk,chnk",
              says="chunk")
refused_sweep("a file that is no pager", "--vary",
              "pager.name=chunk,./text.so", says="text.so",
              files={"text.so": "so it goes\n"})
refused_sweep("an unknown key set", "--set", "machine.memroy=1G",
              says="machine.memory")
refused_sweep("too many rows", "--seeds", "1..99999", "--vary",
              "machine.cpus=1,2,3,4,5,6,7,8,9,10,11,12", says="rows")

# Seeds and shards.
for seeds in ["", "0x1", "1..", "..3", "3..1", "1,,2", "1,1", "1..3,2", "-1"]:
    refused_sweep("--seeds '%s'" % seeds, "--seeds", seeds, says="seeds")
refused_sweep("--seed and --seeds", "--seed", "1", "--seeds", "1..2",
              says="seed")
for shard in ["", "1", "0/2", "3/2", "1/0", "a/b", "/", "1/2/3"]:
    refused_sweep("--shard '%s'" % shard, "--shard", shard, says="shard")
refused_sweep("a summary of a part", "--shard", "1/2", "--summary", "s.csv",
              says="merge")

# Places.
refused("sweep: --fresh without --out", "sweep", SEQWRITE, "--fresh",
        says="--out")
refused("sweep: one file for two", "sweep", SEQWRITE, "--csv", "x", "--json",
        "x", says="same file")
refused("sweep: over a workload", "sweep", SEQWRITE, "--csv=x.lua",
        says="x.lua")
refused("sweep: into nowhere", "sweep", SEQWRITE, "--csv=nowhere/x.csv",
        says="nowhere")
refused("sweep: --out that is a file", "sweep", SEQWRITE, "--out", "f",
        says="f: ", files={"f": ""})
refused("sweep: --out with other things in it", "sweep", SEQWRITE, "--out",
        ".", says=r"rows\.journal", files={"rows.journal": "so it goes\n"})

# Grid files.
refused("sweep: a grid that is not there", "sweep", "--grid", "nowhere.lua",
        says="nowhere.lua")
refused("sweep: a grid without an end", "sweep", "--grid", "/dev/zero",
        says="/dev/zero")
refused_grid("empty", "", "workload")
refused_grid("no Lua", "vary (", r"^g\.lua:1: ")
refused_grid("a fault", "local x = nil + 1", r"^g\.lua:1: ")
refused_grid("an endless loop", "while true do end", r"^g\.lua:1: endless")
refused_grid("files are out of reach", "io.open ('/etc/passwd')",
             r"^g\.lua:1: ")
refused_grid("no values", "workload 'seqwrite'\nvary ('file.size', {})",
             r"^g\.lua:2: ")
refused_grid("a value that is a table",
             "workload 'seqwrite'\nvary ('file.size', {{}})", r"^g\.lua:2: ")
refused_grid("a fraction", "vary ('machine.cpus', { 1.5 })", r"^g\.lua:1: ")
refused_grid("one key twice", "vary ('a.b', {1})\nvary ({'c.d', 'a.b'}, {1})",
             r"^g\.lua:2: a\.b is varied twice")
refused_grid("bad seeds", "seeds '3..1'", r"^g\.lua:1: ")
refused_grid("an unknown key", "workload 'seqwrite'\nvary ('file.sise', {1})",
             "file.size")
refused_grid("an unknown key for all", "workload 'seqwrite'\nset ('a.b', 1)",
             "a.b")
refused_grid("an unknown key for one",
             "workload ('seqwrite', { ['file.sise'] = 1 })", "file.size")

# Parts.
WHOLE = "workload,pager\nseqwrite,extent\n"
ID = "0123456789abcdef0123456789abcdef"
PART = "sweep,row,rows,pager\n" + ID + ",1,2,extent\n"
LAST = PART.replace(",1,2,", ",2,2,")
JSON = '{"sweep":{"id":"%s","row":1,"rows":2},"pager":"extent"}\n' % ID


def refused_parts(what, says, *texts):
    files = {"part%d" % i: t for i, t in enumerate(texts)}
    refused("merge: " + what, "merge", *sorted(files), says=says, files=files)


refused("merge of nothing", "merge", says="PART")
refused("merge of what is not there", "merge", "nowhere.csv",
        says="nowhere.csv")
refused_parts("no part", "not a part", WHOLE)
refused_parts("text", "not a part", "so it goes\n")
refused_parts("other JSON", "not a part", '{"pager":"extent"}\n')
refused_parts("nothing in it", "no rows", "")
refused_parts("one missing", "1 of 2 rows are missing, row 2", PART)
refused_parts("one missing of JSON", "1 of 2 rows are missing, row 2", JSON)
refused_parts("one twice", "row 1 is in part0 already", PART, LAST, PART)
refused_parts("CSV and JSON", "part1: lines of JSON", PART, JSON)
refused_parts("the end cut off", "part1: the end is missing", PART, LAST[:-3])
refused_parts("a field cut off", "row 2 has not as many fields", PART,
              LAST.replace(",extent", ",extent,more"))
refused_parts("another number of rows", "part1: of another sweep than part0",
              PART, LAST.replace(",2,2,", ",2,3,"))
refused_parts("another sweep", "part1: of another sweep than part0", PART,
              LAST.replace("0123", "3210", 1))
refused_parts("other programs", "part1: made by another pagersim or other",
              PART, LAST.replace("cdef,", "fedc,"))
refused_parts("a row beyond the last", "not a part",
              PART.replace(",1,2,", ",3,2,"))
refused("merge: CSV into JSON", "merge", "a", "b", "--json", "out.json",
        says="no JSON", files={"a": PART, "b": LAST})
refused("merge: JSON into CSV", "merge", "a", "b", "--csv", "out.csv",
        says="no CSV",
        files={"a": JSON, "b": JSON.replace('"row":1', '"row":2')})
refused("merge: a directory and a file", "merge", ".", "a", says="director",
        files={"a": PART})
refused("merge: a directory without rows", "merge", ".", says=r"rows\.csv")
