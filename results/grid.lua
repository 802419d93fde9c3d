-- The standing grid: which setting makes which writer wait, and what it saves.
--
--   pagersim sweep --grid results/grid.lua --out DIR
--
-- 4 writers x chunk or cap x 5 policies x 4 devices x 3 degrees of
-- fragmentation x 3 workloads.  `perpage' has neither chunk nor cap and is run
-- once in their place.  What is given on the command line wins:
-- `--vary lock.policy=writer' takes the place of the axis here, `--set' fixes
-- it.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

workload "extend"
workload "contend"
workload "mix"

vary ("store.device", { "ram", "virtio", "ssd", "hdd" })
vary ("lock.policy", { "writer", "htl", "reader", "fifo", "barging" })
-- Fresh; free space in runs of 64 blocks on average; in runs of 8.
vary ("fs.fragmentation", { 0, 64, 8 })
vary ("pager.name", { "perpage", "chunk", "extent", "adaptive" })
vary ({ "pager.chunk_blocks", "pager.cap_blocks" }, { 1, 2, 4, 8, 16, 32 })
