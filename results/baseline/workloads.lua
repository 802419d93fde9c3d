-- Of the baseline: every workload under every pager, small.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

workload ("seqwrite", { ["file.size"] = "4M" })
workload ("extend", { ["file.size"] = "4M" })
workload ("contend", { ["file.size"] = "4M" })
workload ("logs", { ["logs.size"] = "2M" })
workload ("database", { ["commit.count"] = 32 })
workload ("overwrite", { ["write.count"] = 512 })
workload ("mix", { ["file.size"] = "2M", ["others.size"] = "1M" })

vary ("pager.name", { "perpage", "chunk", "extent", "adaptive", "fatfs" })
