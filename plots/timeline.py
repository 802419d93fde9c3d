"""A run in time: dirty pages, queues, and who holds and wants alloc_lock.

Drawn are SLICES pieces of time: of pages, queues and waiting threads the most
that there was in a piece, of holders the mean, one upon the other, so that
what is held for half the time is half as high.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os

import matplotlib.pyplot as plt
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

import files
import runs as sweep
import style

SLICES = 400
# Title and unit of a panel, and its curves: column, label, colour, mean (sum)
# or most.
PANELS = (
    ("dirty", "pages", (
        ("dirty_pages", "of files", style.BLUE, max),
        ("dirty_metadata_pages", "of metadata", style.ORANGE, max))),
    ("queue", "messages", (
        ("queued_messages", "in all", style.SKY, max),
        ("longest_queue", "of one object", style.BLUE, max))),
    ("hold alloc_lock", "threads", (
        ("alloc_lock_readers", "readers", style.SKY, sum),
        ("alloc_lock_writers", "writers", style.VERMILION, sum))),
    ("wait for it", "threads", (
        ("alloc_lock_waiting_readers", "readers", style.SKY, max),
        ("alloc_lock_waiting_writers", "writers", style.VERMILION, max))),
)


def slices(at, values, how):
    """VALUES, each of which holds from its time on, as SLICES figures."""
    end = at[-1] + 1
    width = max(1, -(-end // SLICES))
    result = [0] * -(-end // width)
    for begin, after, value in zip(at, at[1:] + [end], values):
        for k in range(begin // width, -(-max(after, begin + 1) // width)):
            if how is max:
                result[k] = max(result[k], value)
            else:
                inside = min(after, (k + 1) * width) - max(begin, k * width)
                result[k] += value * max(inside, 0) / width
    return [k * width for k in range(len(result) + 1)], result


def timeline(path):
    """The picture of one run."""
    columns = files.columns(path)
    for name in ("at_ns", *(c[0] for panel in PANELS for c in panel[2])):
        files.member(path, columns, name)
    at = columns["at_ns"]
    if any(later < before for before, later in zip(at, at[1:])):
        files.fail(f"{path}: at_ns goes back")
    word, unit = sweep.time_unit(at[-1])
    figure, grid = plt.subplots(len(PANELS), 1, sharex=True,
                                figsize=(style.WIDTH, 6))
    for ax, (title, counted, curves) in zip(grid, PANELS):
        top, below = 0, 0
        for column, _, colour, how in curves:
            edges, heights = slices(at, columns[column], how)
            if how is sum and below:
                heights = [h + b for h, b in zip(heights, below)]
            ax.stairs(heights, [edge / unit for edge in edges], fill=True,
                      baseline=below if how is sum else 0, color=colour,
                      linewidth=0)
            top, below = max(top, *heights), heights
        ax.set_ylim(0, top * 1.08 or 1)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=curves[0][3] is max))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,g}"))
        ax.set_ylabel(counted)
        ax.grid(axis="y")
        ax.set_title(title, loc="left", weight="bold", pad=4)
        ax.legend(handles=[Patch(color=c[2], label=c[1]) for c in curves],
                  ncols=2, loc="lower right", bbox_to_anchor=(1.01, 0.94),
                  handlelength=1, columnspacing=1, borderaxespad=0)
    grid[-1].set_xlim(0, at[-1] / unit)
    grid[-1].set_xlabel(f"virtual time, {word}")
    figure.align_ylabels(grid)
    style.frame(figure, [], None, os.path.basename(path))
    return figure
