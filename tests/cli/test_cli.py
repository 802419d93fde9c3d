"""The command line of pagersim, as a user or a script meets it.

Bad input gets exactly one line on stderr and exit status 2, nothing on stdout,
and leaves no file behind nor changes one that was there.  Good input prints
what it should, keeps stderr empty when that is no terminal, and exits with 0.

test_cli.py BUILD.  The last line is "N passed, N failed"; exit status 1 when
one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import concurrent.futures
import os
import sys

# These add to TESTS.
import bad_input  # noqa: F401
import conformance_driver  # noqa: F401
import good_input  # noqa: F401
import locks  # noqa: F401
import sweep_input  # noqa: F401
import watching  # noqa: F401
from harness import PAGERSIM, TESTS, run_test


def main():
    if not os.access(PAGERSIM, os.X_OK):
        sys.exit("%s: not built" % PAGERSIM)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for what, found in pool.map(run_test, TESTS):
            if found:
                failed += 1
                print("%s:" % what)
                for complaint in found:
                    print("    " + complaint)
    print("%d passed, %d failed" % (len(TESTS) - failed, failed))
    sys.exit(1 if failed else 0)


main()
