"""The tables of the report.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import files
import parts
import runs as sweep
from page import Bad, Word, table

CLEAN = ("mach.data_return", "libpager.write_page", "libpager.write_pages",
         "ext2fs.store_write", "ext2fs.store_write_bytes", "disk.store_write")


def time(ns):
    """A time in its unit."""
    if ns == 0:
        return "0"
    word, unit = sweep.time_unit(ns)
    return f"{sweep.short(ns / unit)} {word}"


# ---- Counts ----------------------------------------------------------------


def clean(paths):
    """The clean case: counts side by side."""
    results = [(path, files.document(path)) for path in paths]
    head = [""] + [files.member(path, r, "pager") for path, r in results]
    rows = [[name] + [files.member(path, r, "counters", name)
                      for path, r in results] for name in CLEAN]
    rows.append(["virtual time"]
                + [time(files.member(path, r, "virtual_ns"))
                   for path, r in results])
    return table("One file of 128 MiB, written sequentially and synced, on a "
                 "machine that does nothing else", head, rows)


def reproduce(path):
    """The published figures beside the simulated ones."""
    rows = []
    for row in files.member(path, files.document(path), "rows"):
        about = "about " if files.member(path, row, "approximate") else ""
        for name, pair in files.member(path, row, "cells").items():
            published = files.member(path, pair, "published")
            simulated = files.member(path, pair, "simulated")
            percent = files.member(path, pair, "difference_percent_100")
            rows.append([f"{row['id']} ({row['pager']})", Word(name),
                         f"{about}{published:,g}" if isinstance(
                             published, float) else f"{about}{published:,}",
                         f"{simulated:,.0f}" if isinstance(simulated, float)
                         else simulated,
                         "equal" if files.member(path, pair, "equal") else
                         "–" if percent is None else
                         f"{percent / 100:+.2f} %"])
    return table("The lived-in machine", ["row", Word("figure"), "published",
                                          "simulated", "difference"], rows)


def conformance(path):
    """Cases of the original code, by file."""
    rows = []
    for line in files.text(path).splitlines():
        name, _, rest = line.rpartition(": ")
        words = (rest if name else line).replace(",", "").split()
        if len(words) == 4 and words[1::2] == ["passed", "failed"] \
                and words[0].isdigit() and words[2].isdigit():
            failed = int(words[2])
            rows.append([name.rpartition("/")[2] or "all", int(words[0]),
                         Bad(f"{failed:,}") if failed else 0])
    if not rows:
        files.fail(f"{path}: no line \"N passed, N failed\"")
    return table("Recordings of the original code, case by case",
                 ["recording", "passed", "failed"], rows)


# ---- Waits -----------------------------------------------------------------


def by_size(runs):
    """What each setting costs and how long writers wait under it."""
    runs, chosen = sweep.choose(runs)
    rows = []
    for cell in sweep.cells(runs).values():
        if not cell.ok:
            rows.append([cell.name()] + [Bad(cell.verdict)] + [""] * 7)
            continue
        wait = ("histograms", sweep.WAIT)
        rows.append([cell.name(), f"{cell.mean('counters', sweep.WRITES):,.0f}"]
                    + [time(cell.mean(*wait, p)) for p in
                       ("p90", "p99", "p999")]
                    + [time(max(cell.values(*wait, "max"))),
                       time(cell.mean("histograms", sweep.CALL, "p99")),
                       time(max(cell.values("histograms", sweep.CALL, "max"))),
                       f"{cell.mean('counters', 'alloc_lock.bypassed'):,.0f}"])
    return table("By blocks for one lock hold: " + sweep.ground(runs, chosen),
                 ["setting", "store writes", "wait p90", "wait p99",
                  "wait p99.9", "longest wait", "write p99", "longest write",
                  "bypassed"], rows)


def by_key(runs, key, title):
    """p99 and longest wait of each setting, for each value of a key."""
    runs, chosen = sweep.choose(runs, (key,))
    values = sweep.in_order(run.key(key) for run in runs)
    if len(values) < 2:
        return None
    cells = sweep.cells(runs, (key,))
    rows = []
    for name in dict.fromkeys(cell[:2] for cell in cells):
        mine = [cells.get(name + (value,)) for value in values]
        rows.append([next(c for c in mine if c).name()])
        for cell in mine:
            if cell is None:
                rows[-1].append("")
            elif not cell.ok:
                rows[-1].append(Bad(cell.verdict))
            else:
                wait = ("histograms", sweep.WAIT)
                rows[-1].append(f"{time(cell.mean(*wait, 'p99'))} / "
                                f"{time(max(cell.values(*wait, 'max')))}")
    return table(f"{title}, p99 / longest wait for alloc_lock: "
                 + sweep.ground(runs, chosen), ["setting"] + values, rows)


def made_of(runs, share, title):
    """What the time of a write is made of, in percent."""
    runs, chosen = sweep.choose(runs)
    good = [cell for cell in sweep.cells(runs).values() if cell.ok]
    bars = [parts.add_up(cell, share) for cell in good]
    shown = [part for part in parts.PARTS if any(bar[part] for bar in bars)]
    rows = []
    for cell, bar in zip(good, bars):
        total = sum(bar.values())
        rows.append([cell.name(), time(total)]
                    + [f"{100 * bar[part] / total:.1f} %" if bar[part]
                       else "–" for part in shown])
    return table(f"{title}: " + sweep.ground(runs, chosen),
                 ["setting", "mean time"] + shown, rows)


# ---- The standing grid -----------------------------------------------------


class Row:
    """One row of the grid's CSV."""

    def __init__(self, place, columns):
        def get(name):
            return files.member(place, columns, name)

        self.pager, self.verdict = get("pager"), get("verdict")
        key = sweep.SIZE_KEY.get(self.pager)
        self.size = int(get(f"set.{key}")) if key else None
        self.ok = self.verdict == "ok"
        if self.ok:
            self.writes = int(get(sweep.WRITES))
            self.p99 = int(get(f"{sweep.WAIT}.p99"))
            self.longest = int(get(f"{sweep.WAIT}.max"))
        own = {f"set.{k}" for k in sweep.SIZE_KEY.values()} | {"set.pager.name"}
        self.world = tuple([get("workload"), get("seed")] + [
            value for name, value in columns.items()
            if name.startswith("set.") and name not in own])


def grid_rows(path):
    """The rows of the pagers in SIZE_KEY."""
    rows = [Row(place, columns) for place, columns in files.rows(path)
            if columns.get("pager") in sweep.SIZE_KEY]
    if not rows:
        files.fail(f"{path}: no run of {', '.join(sweep.SIZE_KEY)}")
    return rows


def by_setting(rows):
    """{(pager, size): rows}, in the order of tables."""
    pagers = list(sweep.SIZE_KEY)
    groups = {}
    for row in rows:
        groups.setdefault((row.pager, row.size), []).append(row)
    return {name: groups[name] for name in
            sorted(groups, key=lambda n: (pagers.index(n[0]), n[1] or 0))}


def grid(path):
    """How the settings did over the whole grid."""
    table_rows = []
    for (pager, size), mine in by_setting(grid_rows(path)).items():
        good = [row for row in mine if row.ok]
        bad = len(mine) - len(good)
        name = pager if size is None else f"{pager} {size}"
        line = [name, len(mine), Bad(f"{bad:,}") if bad else 0]
        if good:
            writes = sorted(row.writes for row in good)
            waits = sorted(row.p99 for row in good)
            line += [writes[len(writes) // 2],
                     sum(row.longest > 0 for row in good),
                     time(waits[len(waits) // 2]), time(waits[-1]),
                     time(max(row.longest for row in good))]
        else:
            line += [""] * 5
        table_rows.append(line)
    return table("Each setting over the whole grid",
                 ["setting", "runs", "failed", "median store writes",
                  "runs with a wait", "median p99", "highest p99",
                  "longest wait"], table_rows)


def beaten(row, others):
    """Whether one of OTHERS is better than ROW in both, by over 5 %."""
    return any(100 * other.writes < 95 * row.writes
               and 100 * other.p99 < 95 * row.p99 for other in others)


def grid_front(path):
    """In how many cells of the grid a fixed setting beats adaptive."""
    rows = grid_rows(path)
    fixed, waited = {}, set()
    for row in rows:
        if row.ok and row.p99 > 0:
            waited.add(row.world)
        if row.ok and row.pager in ("chunk", "extent"):
            fixed.setdefault(row.world, []).append(row)
    lines = []
    for (pager, size), mine in by_setting(rows).items():
        if pager != "adaptive":
            continue
        mine = [row for row in mine if row.ok and row.world in waited]
        lost = sum(beaten(row, fixed.get(row.world, ())) for row in mine)
        if mine:
            lines.append([f"adaptive {size}", len(mine), lost,
                          f"{100 * (len(mine) - lost) / len(mine):.1f} %"])
    if not lines:
        return None
    return table("Cells in which some setting makes a writer wait (its p99 is "
                 "above 0), and in how many of them a fixed chunk or extent "
                 "has both fewer store writes and a lower p99, each by more "
                 "than 5 %; a small cap has more store writes than a fixed "
                 "setting with a large one",
                 ["setting", "cells", "beaten", "not beaten"], lines)
