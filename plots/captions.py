"""What each picture shows, and how to read it.

A picture's name is one of these, or begins with one and goes on with what the
name of its file has after `starvation', `load' or `timeline'.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

REPRODUCE = "build/pagersim reproduce --explain --out=results/out"

# Name: (what it is, for who cannot see it; how to read it; its input).
CAPTIONS = {
    "calls": (
        "Bars: published and simulated numbers of calls, by pager",
        "Calls for one file of 128 MiB: the published number above, the "
        "simulated one below it. Equal bars mean that the mechanism accounts "
        "for the count.",
        "reproduce"),
    "histograms": (
        "Histograms: pages in a data_return, and pages in a store_write, by "
        "pager",
        "Left, how many pages the kernel sent in one message; right, how many "
        "the pager put into one write. A pager that wastes nothing has the "
        "same picture on both sides. The vertical axis is logarithmic.",
        "reproduce"),
    "sizes": (
        "Bars: MiB written in store writes of each size, by pager",
        "Each group of bars is a range of sizes; each colour, one pager, adds "
        "up to what it wrote in all.",
        "reproduce"),
    "runs": (
        "Strips: the file from its first to its last byte, coloured by why "
        "each run of pages ended, by pager",
        "Grey is a run that was as long as a message may be, anything else "
        "is why it was shorter, where in the file that was. Above each strip, "
        "how often.",
        "reproduce"),
    "writes": (
        "Strips: the file from its first to its last byte, coloured by why "
        "each store write ended, by pager",
        "Grey is a write that ended because all was written, or because the "
        "chunk was full; a colour is a discontinuity of the file's blocks on "
        "the disk, or of its block map.",
        "reproduce"),
    "distribution": (
        "Curves: distribution function of the writer's wait for alloc_lock, "
        "and of the time of a write, for each number of blocks for one lock "
        "hold, by pager",
        "A point says what share of the writes (upwards) took no longer than "
        "a time (to the right). A curve further left is better. Each step up "
        "leaves a tenth of the writes that the step before it left, so the "
        "upper half is about the unlucky few. A curve that begins high on the "
        "left is of writes that did not wait at all.",
        "starvation"),
    "parts": (
        "Stacked bars: what a write's time is made of, for each setting, for "
        "all writes and for the slowest hundredth",
        "The length of a bar is the mean time of a write, its colours are "
        "what that time went into; they add up exactly. \"The rest\" are the "
        "parts that are less than 1 % of every bar. What a chunk size holds "
        "on to is alloc_lock; what else it changes shows beside it.",
        "starvation"),
    "front": (
        "Points: store writes against the 99th percentile of the wait for "
        "alloc_lock, one for each setting, and the front of those that no "
        "other beats",
        "Each point is a setting, the number beside it its blocks for one "
        "lock hold. Left means fewer writes, down a shorter wait. No setting "
        "is better in both than one with a black rim; the grey line joins "
        "those. Thin lines are the 95 % intervals of the means over the "
        "seeds.",
        "starvation"),
    "load": (
        "Map: 99th percentile of the wait for alloc_lock over the load and "
        "the number of blocks for one lock hold, by pager",
        "Each field is one setting under one load, with its wait; dark is "
        "long, white is none. Rows that look alike mean that the size does "
        "not matter, columns that look alike that the load does not.",
        "load"),
    "timeline": (
        "Curves over virtual time: dirty pages, queued messages, and threads "
        "that hold alloc_lock or wait for it",
        "One run from its start to its end, all four with the same time. A "
        "sync is where the dirty pages fall; what a writer waits for is what "
        "is high at the same moment below. Holders are a mean over a "
        "four-hundredth of the time, the rest are the most in it.",
        "timeline"),
}


def caption(name):
    """The entry of a picture, and what its name has beside it."""
    for start, entry in CAPTIONS.items():
        if name.startswith(start):
            return entry, name[len(start):]
    return None, ""
