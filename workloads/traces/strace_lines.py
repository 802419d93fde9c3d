"""The lines of strace, as calls: for strace_to_trace.py.

Reads what `strace -f -ttt -y -s 0 -q' wrote: joins calls that were interrupted
by those of other processes, and takes arguments apart.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re

LINE = re.compile(rb"(\d+)\s+(\d+)\.(\d{6}) (.*)", re.S)
CALL = re.compile(rb"(\w+)\((.*)", re.S)
RESUMED = re.compile(rb"<\.\.\. (\w+) resumed>(.*)", re.S)
# A file that has no name any more is "3</its/last/name>(deleted)".
RESULT = re.compile(rb"^(.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)"
                    rb"(?:(<.*>)(?:\(deleted\))?)?"
                    rb"( [A-Z]\w* \(.*\)| \(.*\))?$", re.S)
DESCRIPTOR = re.compile(rb"^(AT_FDCWD|-?\d+)(?:<(.*)>(?:\(deleted\))?)?$", re.S)
UNFINISHED = b" <unfinished ...>"
ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.S)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}

# What is in force from when the call begins on, not from when it ends.
AT_ONCE = {"clone", "clone3", "fork", "vfork", "close"}


class Call:
    """One call: process, time in us, name, arguments, result."""

    def __init__(self, process, time, name, arguments, result, made):
        self.process, self.time, self.name = process, time, name
        self.arguments, self.result, self.made = arguments, result, made


def plain(text):
    """TEXT without escapes."""
    def one(match):
        code = match.group(1)
        if code[:1].isdigit():
            return bytes([int(code, 8) & 255])
        if code[:1] == b"x" and len(code) == 3:
            return bytes([int(code[1:], 16)])
        return LETTERS.get(code, code)
    return ESCAPE.sub(one, text)


def split(text):
    """The arguments in TEXT, at the commas that are in nothing else."""
    parts, start, depth, at = [], 0, 0, 0
    while at < len(text):
        c = text[at:at + 1]
        if c == b'"':
            at += 1
            while at < len(text) and text[at:at + 1] != b'"':
                at += 2 if text[at:at + 1] == b"\\" else 1
        elif c == b"<" and re.match(rb"[\dD]", text[at - 1:at]):
            # A descriptor's file: 3</a>, AT_FDCWD</a>.
            at = text.find(b">", at)
            if at < 0:
                break
        elif c in b"[{(":
            depth += 1
        elif c in b"]})":
            depth -= 1
        elif c == b"," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    last = text[start:].strip()
    return parts + [last] if last or parts else []


def string(argument):
    """The path that ARGUMENT is, in bytes; None when it is none."""
    match = re.match(rb'^"(.*)"$', argument, re.S)
    return plain(match.group(1)) if match else None


def descriptor(argument):
    """The number and the file's path of ARGUMENT, either may be None."""
    match = DESCRIPTOR.match(argument)
    if not match:
        return None, None
    number, path = match.groups()
    if path is not None:
        path = plain(path)
    return (None if number == b"AT_FDCWD" else int(number)), path


def number(argument):
    """ARGUMENT as an integer; [5] and [5] => [6] are 5; None: it is none."""
    match = re.match(rb"^\[?(0x[0-9a-f]+|-?\d+)", argument)
    return int(match.group(1), 0) if match else None


def finished(process, time, text, name=None):
    """The call that TEXT is; None when it failed or was never done."""
    if name is None:
        name, text = CALL.match(text).groups()
    match = RESULT.match(text)
    if not match or match.group(2) == b"?" or match.group(2)[:1] == b"-":
        return None
    made = match.group(3)
    return Call(process, time, name.decode(), split(match.group(1)),
                int(match.group(2), 0), plain(made[1:-1]) if made else None)


def read(path):
    """All calls of the file PATH that were good, in order; a process's end
    is a call `exit'."""
    calls, begun = [], {}
    with open(path, "rb") as lines:
        for line in lines:
            match = LINE.match(line.rstrip(b"\n"))
            if not match:
                continue
            process, seconds, micros, text = match.groups()
            process = int(process)
            time = int(seconds) * 1000000 + int(micros)
            if text.startswith((b"+++ exited", b"+++ killed")):
                calls.append(Call(process, time, "exit", [], 0, None))
            elif text.startswith((b"+++", b"---")):
                continue
            elif text.endswith(UNFINISHED):
                # Its place is kept, in case that it counts from here.
                text = text[:-len(UNFINISHED)]
                name, rest = CALL.match(text).groups()
                begun[process] = (len(calls), time, name, rest)
                calls.append(None)
            else:
                resumed = RESUMED.match(text)
                if not resumed:
                    calls.append(finished(process, time, text))
                    continue
                place, start, name, rest = begun.pop(process)
                call = finished(process, start, rest + resumed.group(2), name)
                if call and call.name in AT_ONCE:
                    calls[place] = call
                elif call:
                    call.time = time
                    calls.append(call)
    return [c for c in calls if c]


def join(directory, path):
    """PATH as seen from DIRECTORY, without `.', `..' and needless slashes."""
    return os.path.normpath(os.path.join(directory, path))
