-- Of the baseline: what is not as in the real system: two CPUs, requests of
-- one object that run concurrently, and real bytes in place of stamps.
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

workload ("contend", { ["file.size"] = "2M" })

vary ("pager.name", { "extent" })
vary ("machine.cpus", { 1, 2 })
vary ("libpager.serial", { "yes", "no" })
vary ("run.contents", { "stamps", "bytes" })
