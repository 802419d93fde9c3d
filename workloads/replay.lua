-- What real programs did: a recorded trace of their file operations, again.
--
-- workloads/traces/ has some that are recorded (see the README there); others
-- come from workloads/traces/record.sh, or from fio (--write_iolog).
--
-- Copyright (C) 2026 The pagersim authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

local file = param ("trace.file", "traces/git-clone.trace",
                    "the trace: of record.sh, or an iolog of fio")
local speed = param ("trace.speed", 0,
                     "1 as recorded, N times as fast, 0 as fast as it can")
local errors = param ("trace.errors", "stop",
                      "when an operation fails: stop, or ignore it")

replay (file, { speed = speed, errors = errors })
