#!/bin/sh
# The command line: test_cli.sh [BUILD].  See test_cli.py.
#
# The Debian interpreter by its path: another python3 may come first in PATH.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

exec /usr/bin/python3 -B "$(dirname -- "$0")/test_cli.py" "${1-build}"
