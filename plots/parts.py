"""What the time of a write went into.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

PARTS = ("run", "cpu", "alloc_lock", "node_lock", "lock", "queue", "worker",
         "device", "memory", "page", "other")


def add_up(cell, share):
    """Time of each part, in ns a call, of the slowest SHARE of the writes.

    Of the row of `by_duration' in which that share ends, its mean counts.
    """
    calls = sum(cell.values("waits", "write", "calls"))
    rows = sorted((row for rows in cell.values("waits", "write", "by_duration")
                   for row in rows), key=lambda row: -row[0])
    left = calls * share
    total = dict.fromkeys(PARTS, 0.0)
    for _, n, times in rows:
        taken = min(n, left)
        for part in PARTS:
            total[part] += times.get(part, 0) * taken / n
        left -= taken
    return {part: time / (calls * share) for part, time in total.items()}


def small(bars):
    """Parts that are less than a hundredth of every bar."""
    return [part for part in PARTS if all(
        bar[part] <= 0.01 * sum(bar.values()) for bar in bars)]
