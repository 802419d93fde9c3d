"""How the pictures look: sizes, fonts and colours, for all of them.

Colours are those of Okabe and Ito, which people with any kind of colour
blindness tell apart; what is ordinary is grey, so that what is not stands out.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

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

WIDTH = 6.4  # inches; read at half of it, 5 points are left of the smallest

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

PAGER = {"perpage": ORANGE, "chunk": SKY, "extent": BLUE}
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
