-- Of the baseline: chunks and caps of several lengths, on free space that is
-- whole and in pieces.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

workload ("extend", { ["file.size"] = "2M" })

vary ("fs.fragmentation", { 0, 8 })
vary ("pager.name", { "chunk", "extent" })
vary ({ "pager.chunk_blocks", "pager.cap_blocks" }, { 1, 2, 32 })
