"""What a shorter wait costs: store writes, sizes and loads.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, \
    SymmetricalLogLocator

import files
import runs as sweep
import style

LOAD = "load.rate"
P99 = ("histograms", sweep.WAIT, "p99")


# ---- Store writes against the wait -----------------------------------------


def pareto(points):
    """The points (x, y) than which none is better in both."""
    best = []
    for x, y in sorted(set(points)):
        if not best or y < best[-1][1]:
            best.append((x, y))
    return best


def staircase(best, right, top):
    """The edge of what the front leaves out, as a line."""
    x, y = [best[0][0]], [top]
    for (x0, y0), (x1, _) in zip(best, best[1:] + [(right, 0)]):
        x += [x0, x1]
        y += [y0, y0]
    return x, y


def place(points, box):
    """Where the labels go, in points from their markers: for each the first of
    some places that is free; POINTS are pixels with a text's width."""
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y, _ in points]
    result = []
    for x, y, width in points:
        tries = []
        for reach in (7, 13, 20):
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1),
                           (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)):
                cx = x + dx * (reach + width / 2)
                cy = y + dy * (reach + 3)
                area = (cx - width / 2, cy - 5, cx + width / 2, cy + 5)
                clash = sum(a[0] < area[2] and area[0] < a[2] and a[1] < area[3]
                            and area[1] < a[3] for a in taken)
                out = (area[0] < box[0] or area[1] < box[1]
                       or area[2] > box[2] or area[3] > box[3])
                tries.append((clash + 9 * out, len(tries), cx - x, cy - y,
                              area))
        _, _, dx, dy, area = min(tries)
        taken.append(area)
        result.append((dx, dy))
    return result


def front(runs, chosen):
    """Store writes and p99 wait of each setting, with the front drawn in."""
    cells = [c for c in sweep.cells(runs).values()]
    good = [cell for cell in cells if cell.ok]
    if not good:
        files.fail("front: every run of the sweep failed")
    waits = [cell.mean(*P99) for cell in good]
    word, unit = sweep.time_unit(max(waits))
    x = [cell.mean("counters", sweep.WRITES) for cell in good]
    y = [wait / unit for wait in waits]
    least = min((v for v in y if v > 0), default=1)
    top = (max(y) or 1) * 1.25
    figure, axes = plt.subplots(figsize=(style.WIDTH, 4.6))
    axes.set_xscale("log")
    if max(y) > 20 * least or not min(y):
        axes.set_yscale("symlog", linthresh=least, linscale=0.35)
        axes.yaxis.set_major_locator(SymmetricalLogLocator(
            base=10, linthresh=least, subs=(1, 2, 5)))
        axes.set_ylim(-0.12 * least if not min(y) else least * 0.8, top * 1.2)
    else:
        axes.set_ylim(0, top)
    axes.set_xlim(min(x) / 1.35, max(x) * 1.35)
    best = pareto(list(zip(x, y)))
    edge = staircase(best, max(x) * 10, top * 10)
    axes.plot(*edge, color="#777777", linewidth=1.2, zorder=1)
    for cell, px, py in zip(good, x, y):
        on = (px, py) in best
        axes.errorbar(px, py, fmt="none", elinewidth=0.6, alpha=0.6,
                      xerr=cell.spread("counters", sweep.WRITES) or None,
                      yerr=cell.spread(*P99) / unit or None,
                      ecolor=style.PAGER[cell.pager], zorder=1.5)
        axes.plot(px, py, linestyle="", marker=style.MARKER[cell.pager],
                  markersize=style.MARKER_SIZE[cell.pager],
                  color=style.PAGER[cell.pager],
                  markeredgecolor=style.BLACK if on else "white",
                  markeredgewidth=1.1 if on else 0.5, zorder=3)
    axes.grid(axis="both")
    axes.xaxis.set_major_locator(LogLocator(
        subs=(1, 2, 5) if max(x) > 10 * min(x) else (1, 1.5, 2, 3, 4, 5, 7)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("store_write calls for the file")
    axes.set_ylabel(f"p99 of the writer's wait\nfor alloc_lock, {word}")
    handles = [Line2D([], [], linestyle="", marker=style.MARKER[pager],
                      markersize=11 if pager == "perpage" else 7,
                      color=style.PAGER[pager], markeredgecolor="white",
                      markeredgewidth=0.6, label=pager)
               for pager in sweep.SIZE_KEY
               if any(cell.pager == pager for cell in good)]
    handles.append(Line2D([], [], color="#777777", linewidth=1.2, marker="o",
                          markerfacecolor="white", markeredgecolor=style.BLACK,
                          markersize=7, label="front"))
    note = sweep.ground(runs, chosen)
    bad = [cell.name() for cell in cells if not cell.ok]
    if bad:
        note = "failed: " + ", ".join(bad) + "\n" + note
    style.frame(figure, handles, None, note)
    label(figure, axes, good, list(zip(x, y)))
    return figure


def label(figure, axes, cells, points):
    """The number of blocks beside each point, once where points coincide."""
    names = {}
    for cell, point in zip(cells, points):
        names.setdefault(point, [])
        if cell.size is not None and str(cell.size) not in names[point]:
            names[point].append(str(cell.size))
    names = {point: ", ".join(words) for point, words in names.items()}
    figure.draw_without_rendering()
    scale = 72 / figure.dpi
    spots = [axes.transData.transform(p) * scale for p in names]
    box = axes.bbox.extents * scale
    places = place([(*spot, 6 * len(name))
                    for spot, name in zip(spots, names.values())], box)
    for (point, name), (dx, dy) in zip(names.items(), places):
        far = dx * dx + dy * dy > 300
        axes.annotate(name, point, xytext=(dx, dy),
                      textcoords="offset points", ha="center", va="center",
                      size=9.5, bbox={"color": "white", "pad": 0.4}, zorder=2,
                      arrowprops={
                          "arrowstyle": "-", "color": "#999999",
                          "linewidth": 0.5, "shrinkA": 3, "shrinkB": 3}
                      if far else None)


# ---- Size and load ---------------------------------------------------------


def load_key(runs):
    """The key that is the load: load.rate, or the only one that varies beside
    sizes and what the other pictures show."""
    keys = [key for key in sweep.varied(runs)
            if key not in sweep.CHOICE and key != "workload"
            and not key.startswith("store.")]
    if LOAD in keys:
        return LOAD
    if len(keys) != 1:
        files.fail(f"{runs[0].place.rsplit(':', 1)[0]}: one key beside the "
                   "pager's must vary, not "
                   + (" and ".join(keys) if keys else "none"))
    return keys[0]


def load(runs, wanted):
    """p99 wait by size and load, a panel for each pager."""
    key = load_key(runs)
    runs, chosen = sweep.choose(runs, (key,), wanted)
    cells = sweep.cells(runs, (key,))
    loads = sweep.in_order(run.key(key) for run in runs)
    # No limit is the highest load.
    loads.sort(key=lambda value: key == LOAD and value == "0")
    names = ["no limit" if key == LOAD and value == "0" else value
             for value in loads]
    sizes = sorted({size for _, size, _ in cells if size})
    pagers = [p for p in sweep.SIZE_KEY
              if sweep.SIZE_KEY[p] and any(name[0] == p for name in cells)]
    rows = [None] + sizes  # perpage is the row that all others are seen beside
    means = [c.mean(*P99) for c in cells.values() if c.ok]
    word, unit = sweep.time_unit(max(means, default=0))
    over = [mean / unit for mean in means if mean > 0] or [1]
    norm = LogNorm(min(over) / 1.5, max(max(over), min(over) * 2))
    ramp = matplotlib.colormaps["cividis_r"]
    figure, grid = plt.subplots(1, len(pagers), sharey=True, squeeze=False,
                                figsize=(style.WIDTH, 1.5 + 0.36 * len(rows)))
    for ax, pager in zip(grid[0], pagers):
        for i, size in enumerate(rows):
            for j, value in enumerate(loads):
                name = ("perpage" if size is None else pager, size, value)
                square(ax, j, i, cells.get(name), norm, ramp, unit)
        ax.set_xlim(-0.5, len(loads) - 0.5)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.axhline(0.5, color="white", linewidth=4)
        ax.set_xticks(range(len(loads)), names, size=9,
                      rotation=0 if max(map(len, names)) < 4 else 40)
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_title(pager, weight="bold")
    grid[0][0].set_yticks(range(len(rows)),
                          ["perpage"] + [str(size) for size in sizes])
    grid[0][0].set_ylabel("blocks for one lock hold")
    grid[0][len(pagers) // 2].set_xlabel(
        "load wanted, bytes a second" if key == LOAD else key)
    note = sweep.ground(runs, chosen)
    if not all(cell.ok for cell in cells.values()):
        note = "× the run failed · " + note
    style.frame(figure, [], f"p99 of the writer's wait for alloc_lock, {word}",
                note)
    return figure


def square(ax, x, y, cell, norm, ramp, unit):
    """One field of the map with its figure."""
    look, word, ink = {"facecolor": "white"}, "", style.BLACK
    if cell is not None and not cell.ok:
        look, word = {"facecolor": style.PALE}, "×"
    elif cell is not None:
        value = cell.mean(*P99) / unit
        word = sweep.short(value)
        if value > 0:
            colour = ramp(norm(value))
            look = {"facecolor": colour}
            light = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
            ink = style.BLACK if light > 0.45 else "white"
        else:
            look = {"facecolor": "white"}
    ax.add_patch(plt.Rectangle((x - 0.5, y - 0.5), 1, 1, linewidth=1.2,
                               edgecolor="white", **look))
    ax.text(x, y, word, ha="center", va="center", size=8.5, color=ink)
