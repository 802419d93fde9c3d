"""Reading what pagersim wrote, and writing pictures.

A file that cannot be read, or that lacks a member, ends the program with one
line that names it and exit status 2.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import csv
import json
import os
import sys

PROGRAM = os.path.basename(sys.argv[0])
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fail(text):
    print(f"{PROGRAM}: {text}", file=sys.stderr)
    sys.exit(2)


def data(path):
    """The bytes of a file."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as error:
        return fail(f"{path}: {error.strerror}")


def text(path):
    """The text of a file."""
    try:
        return data(path).decode("utf-8")
    except UnicodeDecodeError:
        return fail(f"{path}: not UTF-8")


def document(path):
    """The JSON in a file."""
    try:
        return json.loads(text(path))
    except ValueError as error:
        return fail(f"{path}: {error}")


def lines(path):
    """(place, object) of each line of a file of JSON lines."""
    result = []
    for number, line in enumerate(text(path).splitlines(), 1):
        place = f"{path}:{number}"
        try:
            result.append((place, json.loads(line)))
        except ValueError as error:
            fail(f"{place}: {error}")
    return result


def member(place, thing, *names):
    """What is inside of an object of a file, level by level."""
    for at, name in enumerate(names):
        if not isinstance(thing, dict) or name not in thing:
            fail(f"{place}: no member \"{'/'.join(names[:at + 1])}\"")
        thing = thing[name]
    return thing


def rows(path):
    """(place, {name: value}) of each row of a CSV file."""
    head, *body = list(csv.reader(text(path).splitlines())) or [[]]
    if not body:
        fail(f"{path}: no rows")
    result = []
    for number, row in enumerate(body, 2):
        place = f"{path}:{number}"
        if len(row) != len(head):
            fail(f"{place}: {len(row)} columns for {len(head)} names")
        result.append((place, dict(zip(head, row))))
    return result


def columns(path):
    """The columns of a CSV file of whole numbers: {name: [numbers]}."""
    result = {}
    for place, row in rows(path):
        for name, value in row.items():
            if not value.isdigit():
                fail(f"{place}: {name} is not a number: '{value}'")
            result.setdefault(name, []).append(int(value))
    return result


def folder(path):
    """Make a directory unless it is there."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def replace(path, content):
    """Write a whole file, or leave the old one as it was.  What is no file, a
    device or a pipe, is written to; a link stays one."""
    device = os.path.exists(path) and not os.path.isfile(path)
    target = path if device else os.path.realpath(path)
    try:
        with open(target if device else target + ".new", "wb") as f:
            f.write(content)
        if not device:
            os.replace(target + ".new", target)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
