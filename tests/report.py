#!/usr/bin/python3
"""The pictures and the page of results: report.py [BUILD]

Makes small results with the program, draws them twice and compares, spoils
them one by one, and opens the page in headless Chromium, whole and broken.
The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import glob
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True

import browser

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLOT = os.path.join(TOP, "plots", "plot.py")
REPORT = os.path.join(TOP, "plots", "report.py")
PICTURES = {"calls", "histograms", "sizes", "runs", "writes", "distribution",
            "parts", "front", "load", "timeline-extent"}
PAGERS = "pager.name=perpage,chunk,extent,adaptive"
SIZES = ["--vary", PAGERS, "--vary", "pager.chunk_blocks=1,2",
         "--vary", "pager.cap_blocks=2,32"]
SMALL = ["--set", "file.size=1M", "--quiet"]

passed = failed = 0


def check(good, what, why=""):
    """Count one test."""
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"{what}: {why or 'failed'}")


def run(*command, **options):
    """(exit status, what it said on stderr)."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          check=False, **options)
    return done.returncode, done.stderr


def make(program, conformance, place):
    """Small results of every kind that the pictures and tables are of."""
    def results(*words, good=(0,)):
        status, said = run(program, *words)
        if status not in good:
            sys.exit(f"report: pagersim {' '.join(words)}: exit status "
                     f"{status}: {said[-400:]}")

    # A cell that differs and a run that crashes are results, too.
    results("reproduce", "--quiet", "--explain", f"--out={place}",
            good=(0, 1))
    for pager in "perpage", "chunk", "extent":
        results("run", "seqwrite", "--pager", pager, *SMALL,
                f"--json={place}/seqwrite-{pager}.json")
    results("run", "contend", "--pager", "extent", *SMALL,
            f"--timeline={place}/timeline-extent.csv", "--json=/dev/null")
    results("sweep", "contend", *SIZES, *SMALL,
            "--vary", "lock.policy=writer,htl", "--seeds", "1..2",
            f"--json={place}/starvation.jsonl", good=(0, 1))
    results("sweep", "contend", *SIZES, *SMALL, "--vary", "load.rate=8M,64M,0",
            f"--json={place}/load.jsonl", good=(0, 1))
    results("sweep", "extend", *SIZES, *SMALL,
            "--vary", "store.device=virtio,hdd",
            f"--csv={place}/grid.csv", good=(0, 1))
    cases = sorted(glob.glob(f"{TOP}/tests/conformance/aggregate.jsonl"))
    with open(f"{place}/conformance.txt", "w", encoding="utf-8") as file:
        subprocess.run([conformance, *cases], stdout=file, check=True)


# ---- Pictures --------------------------------------------------------------


def png_size(path):
    """Width and height of a PNG."""
    with open(path, "rb") as file:
        head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return 0, 0
    return struct.unpack(">II", head[16:])


def read(path):
    with open(path, "rb") as file:
        return file.read()


def pictures(place):
    """All pictures are drawn, and the same again."""
    status, said = run(PLOT, place)
    check(status == 0 and not said, "plot.py", f"status {status}: {said}")
    drawn = {os.path.basename(p) for p in glob.glob(f"{place}/plots/*")}
    wanted = {f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")}
    check(drawn == wanted, "pictures", f"{sorted(drawn ^ wanted)}")
    for name in sorted(drawn):
        path = f"{place}/plots/{name}"
        if name.endswith(".png"):
            width, height = png_size(path)
            check(width >= 1200 and height >= 500, name, f"{width}x{height}")
        else:
            text = read(path).decode("utf-8")
            check(text.count("<path") > 20, name, "hardly anything is in it")
    # Another policy is another picture; its name stands below it.
    again = f"{place}/again"
    status, said = run(PLOT, "--set", "lock.policy=htl", place, again)
    check(status == 0 and read(f"{again}/front.svg")
          != read(f"{place}/plots/front.svg"), "--set", said)
    for word, why in (("lock.polcy=htl", "no sweep has such a key"),
                      ("lock.policy=x", "the sweep has writer, htl")):
        status, said = run(PLOT, "--set", word, place, again)
        check(status == 2 and why in said, f"--set {word}",
              f"status {status}: {said}")
    # Another directory, another order of hashes.
    run(PLOT, place, again, env={**os.environ, "PYTHONHASHSEED": "7"})
    for name in sorted(drawn):
        if name.endswith(".svg"):
            check(os.path.exists(f"{again}/{name}")
                  and read(f"{again}/{name}") == read(f"{place}/plots/{name}"),
                  name, "another time it has other bytes")
    shutil.rmtree(again, ignore_errors=True)


def spoiled(place):
    """What is wrong with an input is one line and exit status 2."""
    def line_of(name, change):
        lines = read(f"{place}/{name}").decode("utf-8").splitlines()
        run_of = json.loads(lines[0])
        change(run_of)
        lines[0] = json.dumps(run_of)
        return "\n".join(lines) + "\n"

    cases = (
        ("starvation.jsonl", 'starvation.jsonl:1: no member "histograms"',
         line_of("starvation.jsonl", lambda r: r.pop("histograms"))),
        ("starvation.jsonl", 'no member "waits/write"',
         line_of("starvation.jsonl", lambda r: r["waits"].pop("write"))),
        ("starvation.jsonl", 'no member "set/lock.policy"',
         line_of("starvation.jsonl", lambda r: r["set"].pop("lock.policy"))),
        ("starvation.jsonl", "starvation.jsonl:2: ", "{}\n{\n"),
        ("starvation.jsonl", "no run of perpage",
         line_of("starvation.jsonl",
                 lambda r: r.update(pager="x")).splitlines()[0] + "\n"),
        ("load.jsonl", "one key beside the pager's must vary",
         read(f"{place}/load.jsonl").decode("utf-8").splitlines()[0] + "\n"),
        ("timeline-x.csv", 'no member "dirty_pages"', "at_ns\n0\n"),
        ("timeline-x.csv", "1 columns for 2 names", "at_ns,x\n0\n"),
        ("timeline-x.csv", "no rows", "at_ns\n"),
        ("timeline-x.csv", "is not a number", "at_ns\n-\n"),
    )
    for name, wanted, text in cases:
        with tempfile.TemporaryDirectory() as bad:
            with open(f"{bad}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
            status, said = run(PLOT, bad)
            check(status == 2 and wanted in said and said.count("\n") == 1,
                  f"plot.py: {wanted}", f"status {status}: {said}")
    with tempfile.TemporaryDirectory() as empty:
        for program, wanted in (PLOT, "nothing to draw"), \
                (REPORT, "nothing to report"):
            status, said = run(program, empty)
            check(status == 2 and wanted in said and said.count("\n") == 1,
                  wanted, f"status {status}: {said}")


def links(place):
    """A link stays a link, and what is no file is written to."""
    os.symlink("linked.html", f"{place}/link.html")
    status, said = run(REPORT, place, f"{place}/link.html")
    check(status == 0 and os.path.islink(f"{place}/link.html")
          and read(f"{place}/linked.html"), "a link", said)
    os.symlink("/dev/full", f"{place}/full.html")
    status, said = run(REPORT, place, f"{place}/full.html")
    check(status == 2 and "No space left" in said
          and os.path.islink(f"{place}/full.html"), "/dev/full", said)


# ---- The page --------------------------------------------------------------


def page(place):
    """The page is well-formed, self-contained and told to who cannot see."""
    status, said = run(REPORT, place)
    check(status == 0 and not said, "report.py", f"status {status}: {said}")
    path = f"{place}/report.html"
    text = read(path).decode("utf-8")
    run(REPORT, place)
    check(read(path).decode("utf-8") == text, "report.html",
          "another time it has other bytes")
    try:
        root = ElementTree.fromstring(text.partition("\n")[2])
    except ElementTree.ParseError as error:
        check(False, "report.html", f"not well-formed: {error}")
        return
    images = list(root.iter("img"))
    check({i.get("id") for i in root.iter("figure")}
          == {f"picture-{name}" for name in PICTURES},
          "report.html", "not all pictures are in it")
    check(images and all(len(image.get("alt") or "") > 20 for image in images),
          "report.html", "a picture without a text")
    names = [e.get("id") for e in root.iter() if e.get("id")]
    check(len(names) == len(set(names)), "report.html", "an id is there twice")
    check(all(a.get("href", "")[1:] in names for a in root.iter("a")),
          "report.html", "a link leads nowhere")
    check(not re.search(r"(src|href)=\"(?!data:|#)|@import|url\(", text),
          "report.html", "something comes from outside")
    tables = [list(t.iter("tr")) for t in root.iter("table")]
    check(len(tables) >= 8 and all(len(set(map(len, rows))) == 1 and
                                   len(rows) > 1 for rows in tables),
          "report.html", f"{len(tables)} tables, or one with ragged rows")


def in_browser(place):
    """The page as a browser has it, and that a broken one is noticed."""
    path = f"{place}/report.html"
    text = read(path).decode("utf-8")
    broken = {
        "picture not shown":
            text.replace("base64,PD94", "base64,AAAA", 1),
        "script: ":
            text.replace("</body>", "<script>nothing.here ();</script></body>"),
        "console: ":
            text.replace("</body>",
                         "<script>console.error ('no');</script></body>"),
        "from outside: ":
            text.replace("</body>", '<img alt="x" src="other.png"/></body>'),
        "picture without a size":
            text.replace("</style>",
                         "#picture-front img { display: none; }</style>"),
        "wider than its window":
            text.replace("</body>", '<p style="width: 3000px">x</p></body>'),
    }
    try:
        chromium = browser.Browser()
    except (OSError, RuntimeError) as error:
        check(False, "Chromium", str(error))
        return
    try:
        grounds = set()
        for width, dark in (1100, False), (1100, True), (400, False):
            found, look = chromium.open(path, width, dark)
            found = [f for f in found if f] + look["bad"]
            check(not found, f"report.html at {width} pixels", "; ".join(found))
            check(look["pictures"] == len(PICTURES), "report.html",
                  f"{look['pictures']} pictures are shown")
            grounds.add(look["ground"])
        check(len(grounds) == 2, "report.html", "dark is as light")
        for wanted, spoilt in broken.items():
            with open(f"{place}/broken.html", "w", encoding="utf-8") as file:
                file.write(spoilt)
            found = chromium.complaints(f"{place}/broken.html")
            check(any(wanted in f for f in found), "a broken page",
                  f"'{wanted}' is not noticed: {found}")
    except (OSError, RuntimeError) as error:
        check(False, "Chromium", str(error))
    finally:
        chromium.close()


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
    with tempfile.TemporaryDirectory() as place:
        make(f"{build}/pagersim", f"{build}/tests/conformance", place)
        pictures(place)
        spoiled(place)
        links(place)
        page(place)
        in_browser(place)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
