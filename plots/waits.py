"""How long a writer waits, and what for.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

import parts as makeup
import runs as sweep
import style

SIZED = [pager for pager, key in sweep.SIZE_KEY.items() if key]
NINES = {1: "0 %", 0.1: "90 %", 0.01: "99 %", 0.001: "99.9 %", 1e-4: "99.99 %",
         1e-5: "99.999 %"}
MEANS = {
    "run": "on the CPU", "cpu": "waiting for the CPU",
    "alloc_lock": "alloc_lock", "node_lock": "the node's lock",
    "lock": "other locks", "queue": "other messages",
    "worker": "a free worker", "device": "the device", "memory": "memory",
    "page": "a busy page", "other": "other",
}


def log_time(axis, unit=1):
    """Decades of time, named as people do; UNIT is that of the data, in ns."""
    def name(value, _):
        word, one = sweep.time_unit(value * unit)
        return f"{value * unit / one:g} {word}"
    axis.set_major_formatter(FuncFormatter(name))
    axis.set_minor_locator(NullLocator())


# ---- Distribution function -------------------------------------------------


def longer(buckets):
    """Bounds, and the share of values above each."""
    total = sum(count for _, count in buckets)
    left, x, y = total, [], []
    for bound, count in buckets:
        left -= count
        x.append(bound)
        y.append(left / total)
    return x, y


def curve(axes, cell, histogram, first, **look):
    """One distribution function, from FIRST ns on."""
    x, y = longer(cell.buckets(histogram))
    at_first = [share for bound, share in zip(x, y) if bound <= first]
    points = [(first, at_first[-1] if at_first else 1.0)]
    points += [(bound, share) for bound, share in zip(x, y) if bound > first]
    # The longest of all ends the line at the upper edge.
    axes.step([p[0] for p in points], [max(p[1], 1e-9) for p in points],
              where="post", clip_on=True, **look)


def distribution(runs, chosen):
    """Share of writes that waited no longer, for each size."""
    cells = sweep.cells(runs)
    sizes = sorted({size for _, size in cells if size})
    colours = dict(zip(sizes, style.steps(len(sizes))))
    pagers = [p for p in SIZED if any(name[0] == p for name in cells)]
    perpage = cells.get(("perpage", None))
    good = [cell for cell in cells.values() if cell.ok]
    figure, grid = plt.subplots(2, len(pagers), squeeze=False, sharey=True,
                                sharex="row", figsize=(style.WIDTH, 5.6))
    rows = ((sweep.WAIT, "wait for alloc_lock"),
            (sweep.CALL, "the whole write"))
    for row, (histogram, what) in zip(grid, rows):
        bounds = [bound for cell in good
                  for bound, _ in cell.buckets(histogram) if bound > 0]
        first = 10 ** (len(str(min(bounds))) - 1) if bounds else 1000
        last = max(bounds) if bounds else 10 * first
        most = max((sum(n for _, n in cell.buckets(histogram))
                    for cell in good), default=10)
        floor = max(0.7 / most, 1e-5)
        for ax, pager in zip(row, pagers):
            if perpage and perpage.ok:
                curve(ax, perpage, histogram, first, color=style.BLACK,
                      linestyle=(0, (3, 2)), linewidth=1.2)
            for size in sizes:
                cell = cells.get((pager, size))
                if cell and cell.ok:
                    curve(ax, cell, histogram, first, color=colours[size],
                          linewidth=1.8)
            ax.axhline(0.01, color=style.GREY, linewidth=0.8, zorder=0)
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xlim(first, last * 1.5)
            ax.set_ylim(1, floor)
            ax.set_yticks([t for t in NINES if t >= floor],
                          [NINES[t] for t in NINES if t >= floor])
            ax.yaxis.set_minor_locator(NullLocator())
            ax.xaxis.set_major_locator(LogLocator(numticks=4))
            log_time(ax.xaxis)
            ax.grid(axis="both")
        row[0].set_ylabel("writes that took\nno longer", labelpad=2)
        row[len(row) // 2].set_xlabel(what)
    for ax, pager in zip(grid[0], pagers):
        ax.set_title(pager, weight="bold")
    note = sweep.ground(runs, chosen)
    bad = [cell.name() for cell in cells.values() if not cell.ok]
    if bad:
        note = "failed, no curve: " + ", ".join(bad) + "\n" + note
    handles = [Line2D([], [], color=style.BLACK, linestyle=(0, (3, 2)),
                      linewidth=1.2, label="perpage")] if perpage else []
    handles += [Line2D([], [], color=colours[n], linewidth=3, label=str(n))
                for n in sizes]
    style.frame(figure, handles, "blocks for one lock hold", note)
    return figure


# ---- What the wait is made of ----------------------------------------------


def parts(runs, chosen):
    """The mean wait of a write for each setting, stacked: all writes, and the
    slowest hundredth of them."""
    cells = list(sweep.cells(runs).values())
    shares = (1.0, 0.01)
    bars = {(cell.name(), share): makeup.add_up(cell, share)
            for cell in cells if cell.ok for share in shares}
    small = makeup.small(bars.values())
    shown = [part for part in makeup.PARTS if part not in small]
    y, ticks = 0.0, []
    for k, cell in enumerate(cells):
        if k and cell.pager != cells[k - 1].pager:
            y += 0.7
        ticks.append(y)
        y += 1
    figure, grid = plt.subplots(1, len(shares), sharey=True,
                                figsize=(style.WIDTH, 1.6 + 0.21 * y))
    for ax, share, what in zip(grid, shares,
                               ("all writes", "the slowest 1 %")):
        longest = max((sum(bar.values()) for (_, s), bar in bars.items()
                       if s == share), default=1)
        word, unit = sweep.time_unit(longest)
        for at, cell in zip(ticks, cells):
            if not cell.ok:
                ax.text(longest / unit * 0.01, at, cell.verdict, va="center",
                        size=9, style="italic")
                continue
            bar, left = bars[cell.name(), share], 0.0
            for part in shown:
                ax.barh(at, bar[part] / unit, 0.82, left=left,
                        color=style.PART[part], linewidth=0)
                left += bar[part] / unit
            ax.barh(at, sum(bar[part] for part in small) / unit, 0.82,
                    left=left, color=style.REST, linewidth=0)
        ax.set_ylim(y - 0.4, -0.6)
        ax.set_xlim(0, longest / unit * 1.04)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
        ax.set_title(what)
        ax.set_xlabel(f"mean time of a write, {word}")
    grid[0].set_yticks(ticks, ["" if c.size is None else str(c.size)
                               for c in cells])
    for pager in sweep.SIZE_KEY:
        mine = [at for at, c in zip(ticks, cells) if c.pager == pager]
        if mine:
            grid[0].text(-0.14, sum(mine) / len(mine), pager, ha="center",
                         va="center", weight="bold",
                         rotation=0 if len(mine) < 3 else 90,
                         transform=grid[0].get_yaxis_transform())
    handles = [Patch(color=style.PART[part], label=MEANS[part])
               for part in shown]
    handles += [Patch(color=style.REST, label="the rest")]
    style.frame(figure, handles, None, sweep.ground(runs, chosen), columns=3)
    return figure
