-- Of the baseline: every lock policy on every device, with free space in
-- pieces.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

workload ("contend", { ["file.size"] = "2M" })

set ("fs.fragmentation", 8)
vary ("pager.name", { "chunk" })
vary ("store.device", { "ram", "virtio", "ssd", "hdd" })
vary ("lock.policy", { "writer", "htl", "reader", "fifo", "barging" })
