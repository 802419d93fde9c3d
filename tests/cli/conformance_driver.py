"""Input of tests/conformance, good and bad.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re

from harness import BUILD, CASES, CONFORMANCE, pagersim, refused, test

RECORDED = [os.path.join(CASES, n + ".jsonl")
            for n in ("ext2_perpage", "ext2_v1", "ext2_v2", "aggregate")]
# What each writer is known for (FORMAT.md, section 4), and what it cannot have:
# only `extent' looks ahead, only `chunk' copies more than a page, only a bulk
# call can claim too much.  The path for single pages is the same for all three.
SHOWN = {"D1": "extent", "D2": "extent", "D3": "chunk extent",
         "D4": "perpage chunk extent", "D5": "perpage chunk extent",
         "D6": "chunk", "D7": "perpage chunk extent", "D8": "chunk extent",
         "lost": "perpage chunk extent", "report": "", "lock": "",
         "fault": ""}


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


@test("conformance: the judge of defects sees each specimen's, none in ours")
def conformance_defects(directory):
    o = pagersim("--defects", *RECORDED, cwd=directory, program=CONFORMANCE)
    rows = [line.split() for line in o.out.splitlines()]
    if o.status != 0 or o.err or not rows or rows[0][0] != "defect":
        return ["exit status %s, output: %s" % (o.status, o.out + o.err)]
    found = []
    for row in rows[1:]:
        shown = " ".join(p for p, n in zip(rows[0][1:], row[1:]) if n != "0")
        if shown != SHOWN.get(row[0]):
            found.append("%s is shown by: %s" % (row[0], shown))
    if [row[0] for row in rows[1:]] != list(SHOWN):
        found.append("other rows: %s" % o.out)
    return found


@test("conformance: another writer in the place of adaptive is found out")
def conformance_impostors(directory):
    found = []
    for pager, classes in [("perpage", "D4 D5 D7"), ("chunk", "D3 D6 D7 D8"),
                           ("extent", "D1 D2 D3 D7 D8")]:
        os.symlink(os.path.join(BUILD, "pagers", pager + ".so"),
                   os.path.join(directory, "adaptive.so"))
        o = pagersim("--pagers", ".", "--adaptive", *RECORDED[:3],
                     cwd=directory, program=CONFORMANCE)
        os.unlink(os.path.join(directory, "adaptive.so"))
        missing = [c for c in classes.split()
                   if not re.search(r"^\S+:\d+: [^:]+: %s: " % c, o.out, re.M)]
        last = o.out.splitlines()[-1] if o.out else ""
        if (o.status != 1 or o.err or missing
                or not re.search(r"^\d+ passed, [1-9]\d* failed$", last)):
            found.append("%s: exit status %s, no %s, last line: %s"
                         % (pager, o.status, missing, last))
    return found
