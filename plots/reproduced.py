"""Pictures of what `pagersim reproduce --explain --out DIR' wrote into DIR.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import matplotlib.pyplot as plt
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

import files
import style

PAGE = 4096
MIB = 1 << 20
ROWS = {"before": "perpage", "after": "chunk", "merged": "extent"}
CALLS = {
    "libpager.write_page": "pager_write_page",
    "libpager.write_pages": "pager_write_pages",
    "ext2fs.store_write": "store_write",
}


def read(source):
    """What the pictures are drawn from."""
    return {
        "table": files.document(f"{source}/reproduce.json"),
        "runs": {row: files.document(f"{source}/reproduce-{row}.json")
                 for row in ROWS},
        "logs": {row: [event for _, event in
                       files.lines(f"{source}/reproduce-{row}.jsonl")]
                 for row in ROWS},
    }


def pictures(source):
    """The pictures: (name, figure)."""
    results = read(source)
    yield "calls", calls(results)
    yield "histograms", histograms(results)
    yield "sizes", sizes(results)
    yield "runs", strips(results, "run", style.RUN_END)
    yield "writes", strips(results, "write", style.WRITE_END)


def thousands(n):
    return f"{n:,.0f}"


# ---- (a) Calls -------------------------------------------------------------


def calls(results):
    """Published and simulated calls beside each other."""
    bars = []  # row, call, published, simulated, approximate
    for row in results["table"]["rows"]:
        if row["id"] not in ROWS:
            continue
        for counter, call in CALLS.items():
            cell = row["cells"].get(counter)
            if cell:
                bars.append((row["id"], call, cell["published"],
                             cell["simulated"], bool(row.get("approximate"))))
    figure, axes = plt.subplots(figsize=(style.WIDTH, 4.4))
    height, y, last = 0.38, 0.0, None
    ticks, labels = [], []
    top = max(max(bar[2:4]) for bar in bars)
    for row, call, published, simulated, about in bars:
        if row != last:
            y += 0.55 if last else 0
            axes.text(-0.01, y - 0.62, f"{row} ({ROWS[row]})",
                      transform=axes.get_yaxis_transform(), ha="right",
                      weight="bold", size=10, va="center")
            y += 0.2
        last = row
        for shift, value, colour, text in (
                (-height / 2, published, style.PUBLISHED,
                 ("about " if about else "") + thousands(published)),
                (height / 2, simulated, style.SIMULATED,
                 thousands(simulated))):
            axes.barh(y + shift, value, height, color=colour)
            axes.text(value + top * 0.01, y + shift, text, va="center", size=9)
        ticks.append(y)
        labels.append(call)
        y += 1
    axes.set_yticks(ticks, labels)
    axes.set_ylim(y - 0.4, -0.85)
    axes.set_xlim(0, top * 1.17)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: thousands(v)))
    axes.grid(axis="x")
    axes.set_xlabel("calls for one file of 128 MiB")
    axes.legend(handles=[Patch(color=style.PUBLISHED, label="published"),
                         Patch(color=style.SIMULATED, label="simulated")],
                loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return figure


# ---- (b) Histograms --------------------------------------------------------


def counts(run, histogram, unit):
    """Count by size in units; a bucket's bound is less than a unit too high
    for what is a whole number of units."""
    result = {}
    for bound, count in run["histograms"][histogram]["buckets"]:
        size = bound // unit
        result[size] = result.get(size, 0) + count
    return result


def histograms(results):
    """Sizes of store writes, and lengths of runs, for each pager."""
    figure, grid = plt.subplots(len(ROWS), 2, figsize=(style.WIDTH, 5.2),
                                sharex="col", sharey=True)
    for axes, (row, pager) in zip(grid, ROWS.items()):
        run = results["runs"][row]
        for ax, histogram, unit in ((axes[0], "data_return.pages", 1),
                                    (axes[1], "store_write.bytes", PAGE)):
            n = counts(run, histogram, unit)
            ax.bar(list(n), list(n.values()), 0.85, color=style.PAGER[pager])
            ax.set_yscale("log")
            ax.set_ylim(0.5, 200000)
            ax.set_yticks([1, 100, 10000], ["1", "100", "10,000"])
            ax.yaxis.set_minor_formatter(NullFormatter())
            ax.grid(axis="y")
            for size, count in n.items():
                if count == max(n.values()):
                    ax.annotate(thousands(count), (size, count),
                                textcoords="offset points", xytext=(0, 2),
                                ha="left" if size < 4 else "right", size=9)
            ax.set_title(pager, loc="center", pad=4)
            ax.set_xlim(0, 33)
            ax.set_xticks([1, 8, 16, 24, 32])
    grid[-1][0].set_xlabel("pages in a run (a data_return)")
    grid[-1][1].set_xlabel("pages (of 4 KiB) in a store_write")
    figure.supylabel("how many", size=11)
    return figure


# ---- (c) Bytes -------------------------------------------------------------

# Upper bounds in pages.
CLASSES = (1, 2, 4, 8, 16, 31, 32)


def class_name(i):
    low = CLASSES[i - 1] + 1 if i else 1
    high = CLASSES[i]
    return f"{4 * high}" if low == high else f"{4 * low}–{4 * high}"


def sizes(results):
    """How many bytes went out in writes of which size."""
    figure, axes = plt.subplots(figsize=(style.WIDTH, 3.6))
    width = 0.27
    for k, (row, pager) in enumerate(ROWS.items()):
        mib = [0.0] * len(CLASSES)
        for pages, n in counts(results["runs"][row], "store_write.bytes",
                               PAGE).items():
            i = next((i for i, high in enumerate(CLASSES) if pages <= high),
                     len(CLASSES) - 1)
            mib[i] += pages * n * PAGE / MIB
        x = [i + (k - 1) * width for i in range(len(CLASSES))]
        axes.bar(x, mib, width * 0.95, color=style.PAGER[pager], label=pager)
        for at, value in zip(x, mib):
            if value >= 0.05:
                axes.text(at, value + 1.5, f"{value:.1f}", ha="center", size=8)
    axes.set_xticks(range(len(CLASSES)),
                    [class_name(i) for i in range(len(CLASSES))])
    axes.set_ylim(0, 140)
    axes.grid(axis="y")
    axes.set_xlabel("size of the store_write, KiB")
    axes.set_ylabel("written, MiB")
    axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


# ---- (d) The file ----------------------------------------------------------


def big_file(log, kind):
    """(offset, bytes, end) of what was done to the file with most bytes."""
    total = {}
    for event in log:
        if kind in event:
            total[event[kind]] = total.get(event[kind], 0) + event["bytes"]
    name = max(total, key=lambda n: (total[n], n))
    return [(e["offset"], e["bytes"], e["end"]) for e in log
            if e.get(kind) == name]


def stretches(events, ends, least):
    """Where events ended by one of ENDS lie, in MiB: neighbours as one, and
    nothing thinner than LEAST."""
    spans = []
    for offset, length, why in sorted(events):
        if why not in ends:
            continue
        low, high = offset / MIB, (offset + length) / MIB
        if spans and low <= spans[-1][1] + 1e-9:
            spans[-1][1] = max(high, spans[-1][1])
        else:
            spans.append([low, high])
    result = []
    for low, high in spans:
        if high - low < least:
            # A page that was evicted is where it begins; a run or a write
            # ended at its upper end, and what follows must be seen too.
            if ends != ("eviction",):
                low = high - least
        result.append((low, max(high - low, least)))
    return result


def strips(results, kind, colours):
    """The file from its first byte to its last, coloured by why each run, or
    each store write, ended."""
    figure, grid = plt.subplots(len(ROWS), 1, figsize=(style.WIDTH, 3.7),
                                sharex=True)
    seen, longest = set(), 0
    for ax, (row, pager) in zip(grid, ROWS.items()):
        events = big_file(results["logs"][row], kind)
        length = max(o + n for o, n, _ in events) / MIB
        longest = max(length, longest)
        number = {}
        for _, _, end in events:
            number[end] = number.get(end, 0) + 1
        # The ordinary is the ground that the rest is seen on.
        ax.broken_barh(stretches(events, colours, 0), (0, 1),
                       facecolors=style.GREY, linewidth=0)
        for end, colour in colours.items():
            if end in number and end not in style.ORDINARY:
                ax.broken_barh(stretches(events, (end,), length / 420), (0, 1),
                               facecolors=colour, linewidth=0)
        seen.update(number)
        about = " · ".join(f"{end} {thousands(number[end])}"
                           for end in colours if end in number)
        ax.set_ylabel(pager, rotation=0, ha="right", va="center")
        ax.set_title(about, loc="left", size=8.5, pad=4)
        ax.set_ylim(0, 1)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    grid[-1].set_xlim(0, longest)
    grid[-1].set_xticks([i * longest / 8 for i in range(9)])
    grid[-1].xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    grid[-1].set_xlabel("position in the file, MiB")
    what = {"run": "each run", "write": "each store_write"}[kind]
    ordinary = " or ".join(end for end in colours
                           if end in seen and end in style.ORDINARY)
    handles = [Patch(color=style.GREY, label=ordinary)]
    handles += [Patch(color=colour, label=end)
                for end, colour in colours.items()
                if end in seen and end not in style.ORDINARY]
    grid[-1].legend(handles=handles, title=f"{what} was ended by",
                    title_fontsize=10, loc="upper center",
                    bbox_to_anchor=(0.5, -0.95), ncols=4, handlelength=1,
                    columnspacing=1)
    return figure
