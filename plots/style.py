"""How the pictures look: sizes, fonts and colours, for all of them.

Colours are those of Okabe and Ito, which people with any kind of colour
blindness tell apart; what is ordinary is grey, so that what is not stands out.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import matplotlib

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#CCCCCC"
PALE = "#E8E8E8"

WIDTH = 6.4  # inches; read at half of it, 4 points are left of the smallest

SETTINGS = {
    "figure.dpi": 200,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    # The same input gives the same bytes.
    "svg.hashsalt": "pagersim",
    "svg.fonttype": "path",
}

PAGER = {"perpage": ORANGE, "chunk": SKY, "extent": BLUE, "adaptive": VERMILION}
# Where points coincide, those behind are seen around those before.
MARKER_SIZE = {"perpage": 15, "chunk": 9.5, "extent": 8, "adaptive": 5.5}
MARKER = {"perpage": "*", "chunk": "s", "extent": "o", "adaptive": "^"}
PUBLISHED, SIMULATED = GREY, BLUE

# Why a run or a store write ended, the ordinary reasons first; what comes
# later is drawn on top.
ORDINARY = ("full", "chunk full", "end of run")
RUN_END = {
    "full": GREY,
    "end of range": BLUE,
    "hole": GREEN,
    "clean page": ORANGE,
    "precious page": BLACK,
    "absent page": PURPLE,
    "busy page": YELLOW,
    "end of object": SKY,
    "eviction": VERMILION,
}
WRITE_END = {
    "chunk full": GREY,
    "end of run": GREY,
    "fragment": VERMILION,
    "indirect block": BLUE,
    "group crossing": BLACK,
}
# What a wait is made of.
PART = {
    "run": "#BBBBBB",
    "cpu": "#5A5A5A",
    "alloc_lock": BLACK,
    "node_lock": ORANGE,
    "lock": YELLOW,
    "queue": BLUE,
    "worker": PURPLE,
    "device": SKY,
    "memory": GREEN,
    "page": VERMILION,
    "other": "#7A2E0E",
}
REST = PALE


def steps(number):
    """Colours that say more and more, none too pale for a line on white."""
    ramp = matplotlib.colormaps["viridis_r"]
    return [ramp(0.12 + 0.88 * k / max(number - 1, 1)) for k in range(number)]


def frame(figure, handles, title, ground, columns=None):
    """The legend above a figure, and below it what it was drawn from."""
    columns = columns or max(len(handles), 1)
    lines = -(-len(handles) // columns) + (title is not None)
    height = figure.get_figheight()
    top = (0.1 + 0.2 * lines) / height
    bottom = (0.07 + 0.13 * len(ground.splitlines())) / height
    figure.get_layout_engine().set(rect=(0, bottom, 1, 1 - top - bottom))
    if title and not handles:
        figure.text(0.5, 1 - 0.05 / height, title, size=11, ha="center",
                    va="top", in_layout=False)
    elif handles:
        figure.legend(handles=handles, loc="upper center", ncols=columns,
                      bbox_to_anchor=(0.5, 1), borderaxespad=0.1,
                      handlelength=1, columnspacing=0.9, handletextpad=0.5,
                      title=title, title_fontsize=10)
    figure.text(0.995, 0.05 / height, ground, size=8, ha="right", va="bottom",
                color="#555555", in_layout=False)
