#!/usr/bin/python3
"""File systems that others made, and every byte of what a run leaves.

images.py [BUILD]

mke2fs makes file systems of many kinds, with files in them; a workload runs on
each (store.image); then e2fsck finds nothing, the old files are what they were
and the new ones what was written, as debugfs takes them out.  What cannot be
used is refused in one line.

The last line is "N passed, N failed"; exit status 1 when one failed.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import concurrent.futures
import gzip
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

from image_model import PAGE, DIRECT, POINTERS, File, Script, at_random
from image_seen import Image

PAGERS = "perpage", "chunk", "extent", "adaptive"
KINDS = {
    "usual": "64M",
    "small inodes": "-I 128 40M",
    "large inodes": "-I 1024 -N 2000 64M",
    "revision 0": "-r 0 64M",
    "no features": "-O none 64M",
    "no index": "-O ^dir_index,^resize_inode 33M",
    "no types": "-O ^filetype,^sparse_super,^resize_inode 300M",
    "many groups": "-g 2048 -O ^resize_inode 100M",
    "many inodes": "-i 1024 64M",
    "striped": "-E stride=8,stripe-width=16 64M",
    "grows": "-E resize=4G 64M",
    "a clean journal": "-O has_journal 64M",
    "the Hurd's": "-o hurd -O none 64M",
    "reserved": "-m 20 -L label 64M",
    "sparse": "-N 131072 64G",
}
REFUSED = {
    "extents": ("-t ext4 -O ^64bit,^metadata_csum,^flex_bg,^huge_file,^has_journal 64M", "extent"),
    "64 bits": ("-O 64bit,extent 64M", "extent|64bit"),
    "checksums": ("-O metadata_csum 64M", "metadata_csum"),
    "groups of groups": ("-O flex_bg 64M", "flex_bg"),
    "descriptors elsewhere": ("-O meta_bg,^resize_inode 64M", "meta_bg"),
    "inline": ("-O inline_data 64M", "inline_data"),
    "quota": ("-O quota 64M", "quota"),
    "1 KiB": ("-b 1024 64M", "blocks of 1024 bytes"),
    "2 KiB": ("-b 2048 64M", "blocks of 2048 bytes"),
}


class Checks:
    """Runs, and what is said of them."""

    def __init__(self, build, directory):
        self.build = build
        self.directory = directory
        self.passed = self.failed = 0
        self.made = 0

    def path(self, suffix):
        """A name that nobody has."""
        self.made += 1
        return os.path.join(self.directory, "%d%s" % (self.made, suffix))

    def check(self, good, what):
        """Count it."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("images: " + str(what)[:1500])
        return good

    def run(self, lua, *sets, pager="extent", image=None, timeout=120):
        """Run the workload: the process, when it has ended."""
        path = self.path(".lua")
        with open(path, "w", encoding="utf-8") as f:
            f.write(lua)
        command = [self.build + "/pagersim", "run", path, "--quiet", "--pager", pager]
        for s in sets:
            command += ["--set", s]
        if image:
            command += ["--image", image]
        return subprocess.run(command, check=False, text=True, capture_output=True,
                              timeout=timeout)

    def mke2fs(self, options, files=None):
        """A new file system; None if there cannot be one."""
        path = self.path(".img")
        *options, size = options.split()
        if "-t" not in options:
            options = ["-t", "ext2"] + options
        if "-b" not in options:
            options = ["-b", str(PAGE)] + options
        done = subprocess.run(
            ["mke2fs", "-q", "-F"] + options + (["-d", files] if files else []) + [path, size],
            check=False, text=True, capture_output=True)
        if self.check(done.returncode == 0, "mke2fs %s: %s" % (options, done.stderr)):
            return path
        return None

    # ---- What a run leaves ----

    def compare(self, name, script, image):
        """The tree of the script is what is on the image, and no more."""
        problem = image.clean()
        if not self.check(not problem, "%s: e2fsck: %s" % (name, problem)):
            return
        directory = self.path(".files")
        found = [p for p in image.files(directory)
                 if not p.startswith(("lost+found/", ".aged/"))]
        self.check(found == sorted(script.files),
                   "%s: %s" % (name, set(found) ^ set(script.files)))
        inodes = image.inodes(list(script.files))
        wrong = []
        for path, file in script.files.items():
            with open(os.path.join(directory, path), "rb") as f:
                if f.read() != file.bytes(inodes.get(path, 0)):
                    wrong.append(path)
        self.check(not wrong, "%s: other bytes in %s" % (name, wrong))
        subprocess.run(["rm", "-rf", directory], check=True)

    def script(self, name, script, *sets, pager="extent"):
        """Run it, and compare."""
        out = self.path(".img")
        done = self.run(script.lua(), "run.contents=bytes", *sets, pager=pager, image=out)
        if self.check(done.returncode == 0, "%s: %s" % (name, done.stderr)):
            self.compare(name, script, Image(out))
        if os.path.exists(out):
            os.remove(out)

    def random_scripts(self):
        """Many calls on a fresh file system."""
        for seed in range(8):
            script = at_random(seed, 250)
            self.script("random %d" % seed, script, "store.size=64M",
                        "fs.fragmentation=%d" % (seed % 3 * 10), pager=PAGERS[seed % 4])

    def many(self):
        """Thousands of files; directories of several blocks, and deep ones."""
        script = Script()
        rng = random.Random(3)
        for d in range(30):
            script.mkdir("d%d" % d)
        for i in range(2000):
            handle = script.open("d%d/%s %d" % (i % 30, "n" * rng.randrange(1, 60), i))
            script.write(handle, 0, rng.choice((1, 100, 5000)))
            script.close(handle[0])
        for i, path in enumerate(sorted(script.files)):
            if i % 5 == 0:
                script.unlink(path)
            elif i % 7 == 0:
                script.rename(path, "d%d/again %d" % (i % 30, i))
        below = ""
        for d in range(100):
            below = (below + "/%d" % d).lstrip("/")
            script.mkdir(below)
        longest = below + "/" + "l" * 255
        script.write(script.open(longest), 0, 20000)
        name = "x" * 255
        script.write(script.open(name), 0, 9000)
        script.rename(name, "y" * 255)
        self.script("many", script)

    def unlinked(self):
        """Files that are written to without a name, and names taken over."""
        script = Script()
        for i in range(12):
            handle = script.open("f%d" % i)
            script.write(handle, 0, 50000 * i + 1)
            if i % 3 == 0:
                script.unlink("f%d" % i)
                script.write(handle, 30000, 700000)
                if i % 2:
                    script.close(handle[0])
            elif i % 3 == 1:
                script.rename("f%d" % i, "the same")
                script.write(handle, 4000, 300)
        for pager in PAGERS:
            self.script("unlinked under " + pager, script, "store.size=64M", pager=pager)

    def levels(self):
        """Blocks under every level of indirect blocks, at their edges; the rest of
        the file, to more than 1 TiB, is a hole."""
        one = DIRECT + POINTERS
        two = one + POINTERS ** 2
        numbers = [0, DIRECT - 1, DIRECT, one - 1, one, one + POINTERS - 1, one + POINTERS,
                   two - 1, two, two + POINTERS - 1, two + POINTERS, two + POINTERS ** 2 - 1,
                   two + POINTERS ** 2, two + 2 * POINTERS ** 2 + 77]
        for pager in PAGERS:
            script = Script()
            handle = script.open("deep")
            order = numbers[:]
            random.Random(pager).shuffle(order)
            for number in order:
                script.write(handle, number * PAGE + 100, 3000)
            script.truncate(handle, (1 << 40) + 5)
            out = self.path(".img")
            done = self.run(script.lua(), "run.contents=bytes", "store.size=64M", pager=pager,
                            image=out)
            if not self.check(done.returncode == 0, "levels under %s: %s" % (pager, done.stderr)):
                continue
            image = Image(out)
            self.check(not image.clean(), "levels under %s: %s" % (pager, image.clean()))
            inode = image.inodes(["deep"])["deep"]
            pages = script.files["deep"].pages(inode)
            asked = numbers + [1, DIRECT + 1, one + 1, two + 1, two + POINTERS + 1]
            found = list(image.pages("deep", asked))
            wanted = [bytes(pages.get(n, bytes(PAGE))) for n in asked]
            self.check(found == wanted, "levels under %s: other pages" % pager)
            size = int(re.search(r"Size: (\d+)", image.debugfs("stat deep")).group(1))
            self.check(size == script.files["deep"].size, "levels: %d bytes" % size)
            os.remove(out)

    # ---- File systems of others ----

    def source(self):
        """What is in them: a directory, and its regular files' contents."""
        directory = self.path(".source")
        rng = random.Random(1)
        os.makedirs(directory + "/old/b/c")
        os.makedirs(directory + "/many")
        sizes = {"empty": 0, "small": 5, "page": PAGE, "direct": 12 * PAGE,
                 "old/single": 300001, "old/b/double": 5000000, "old/b/c/odd": 100003}
        sizes.update({"many/file with a name %d" % i: i % 3 * 100 for i in range(160)})
        for name, size in sizes.items():
            with open(os.path.join(directory, name), "wb") as f:
                f.write(rng.randbytes(size))
        with open(directory + "/sparse", "wb") as f:
            f.seek(3000000)
            f.write(b"end")
        os.symlink("small", directory + "/short")
        os.symlink("x" * 200, directory + "/old/long")
        os.mkfifo(directory + "/old/pipe")
        files = {}
        for name in list(sizes) + ["sparse"]:
            with open(os.path.join(directory, name), "rb") as f:
                files[name] = f.read()
        return directory, files

    def kinds(self):
        """Every kind of file system: old files stay, new ones are right."""
        directory, contents = self.source()
        for i, (name, options) in enumerate(KINDS.items()):
            given = self.mke2fs(options, directory)
            if not given:
                continue
            with open(given, "rb") as f:
                head = f.read(1 << 20), os.stat(given).st_mtime_ns
            # Random calls leave old files in peace in every other one.
            script = at_random(
                i, 90, {n: File(c) for n, c in contents.items()},
                ("old", "old/b", "old/b/c", "many") if i % 2 else ())
            script.say("assert (unlink 'short') assert (unlink 'old/long')")
            script.say("assert (rename ('old/pipe', 'many/pipe'))")
            script.say("local f, why = open 'many/pipe' assert (not f:write (0, 5))")
            for pager in (PAGERS[i % 4],):
                self.script(name + " under " + pager, script, "store.image=" + given, pager=pager)
            with open(given, "rb") as f:
                self.check(head == (f.read(1 << 20), os.stat(given).st_mtime_ns),
                           name + ": the image was written to")
            os.remove(given)

    def attributes(self):
        """Files that share a block of attributes, which goes with the last."""
        given = self.mke2fs("-I 128 16M", self.source()[0])
        image = Image(given)
        image.debugfs("ea_set small user.name value", "ea_set page user.name value",
                      "mknod device c 1 3", write=True)
        # One block for both.
        acl = re.search(r"File ACL: (\d+)", image.debugfs("stat small")).group(1)
        other = re.search(r"File ACL: (\d+)", image.debugfs("stat page")).group(1)
        image.debugfs("sif page file_acl " + acl, "freeb " + other, write=True)
        with open(given, "r+b") as f:
            f.seek(int(acl) * PAGE + 4)
            f.write(struct.pack("<I", 2))
        subprocess.run(["e2fsck", "-fy", given], check=False, capture_output=True)
        if not self.check(not image.clean(), "attributes: " + image.clean()):
            return
        for unlinked in (["small"], ["small", "page"], ["page", "device"], []):
            lua = ("thread ('t', function () local f = assert (open 'direct')\n"
                   "assert (f:write (0, 9000))\n%send)\n"
                   % "".join("assert (unlink '%s')\n" % u for u in unlinked))
            out = self.path(".img")
            done = self.run(lua, "store.image=" + given, image=out)
            self.check(done.returncode == 0 and not Image(out).clean(),
                       "attributes without %s: %s" % (unlinked, done.stderr))
            left = Image(out).debugfs("ea_list small", "ea_list page")
            self.check(left.count("user.name") == 2 - len({"small", "page"} & set(unlinked)),
                       "attributes: " + left)

    def bad_blocks(self):
        """Blocks that are kept by an inode which is nothing else."""
        blocks = self.path(".bad")
        with open(blocks, "w", encoding="ascii") as f:
            f.write("1500\n1501\n1503\n2222\n" + "".join("%d\n" % b for b in range(3000, 3020)))
        given = self.mke2fs("-l %s 16M" % blocks)
        out = self.path(".img")
        done = self.run("thread ('t', function () local f = assert (create 'x')\n"
                        "assert (f:write (0, '10M', { bs = '64K' })) end)\n",
                        "store.image=" + given, image=out)
        problem = Image(out).clean() if done.returncode == 0 else done.stderr
        self.check(not problem, "bad blocks: " + problem)
        left = [subprocess.run(["dumpe2fs", "-b", image], check=False, text=True,
                               capture_output=True).stdout for image in (given, out)]
        self.check(left[0].split()[0] == "1500" and left[1] == left[0],
                   "bad blocks: %s" % left)

    def hashed(self):
        """A hashed directory: found in, and a linear one once it changed."""
        given = self.mke2fs("16M", self.source()[0])
        subprocess.run(["e2fsck", "-fyD", given], check=False, capture_output=True)
        self.check("Root node" in Image(given).debugfs("htree many"), "no index")
        for change, flags in (("create 'many/new'", 0), ("open 'many/file with a name 7'", 1),
                              ("unlink 'many/file with a name 8'", 0),
                              ("rename ('many/file with a name 8', 'many/file with a name 9')", 0)):
            out = self.path(".img")
            done = self.run("thread ('t', function () assert (%s) end)\n" % change,
                            "store.image=" + given, image=out)
            self.check(done.returncode == 0 and not Image(out).clean(),
                       "hashed, %s: %s" % (change, done.stderr))
            index = "Root node" in Image(out).debugfs("htree many")
            self.check(index == bool(flags), "hashed, %s: %s" % (change, index))

    def full(self):
        """A disk that becomes full; what was there stays."""
        directory, contents = self.source()
        for pager in PAGERS:
            given = self.mke2fs("-m 0 -N 600 10M", directory)
            lua = """thread ("fill", function ()
              local f, n = assert (create "fill"), 0
              while f:write (n << 16, 1 << 16) do n = n + 1 end
              for i = 1, 100 do create ("small" .. i) end
              assert (unlink "empty") mkdir "new"
              sync ()
            end)\n"""
            out = self.path(".img")
            done = self.run(lua, "store.image=" + given, pager=pager, image=out)
            problem = Image(out).clean() if done.returncode == 0 else done.stderr
            if not self.check(not problem, "full under %s: %s" % (pager, problem)):
                continue
            free = int(re.search(r"Free blocks: *(\d+)", Image(out).debugfs("stats")).group(1))
            self.check(free < 20, "full under %s: %d blocks are free" % (pager, free))
            to = self.path(".files")
            Image(out).files(to)
            wrong = []
            for name, old in contents.items():
                if name != "empty":
                    with open(os.path.join(to, name), "rb") as f:
                        wrong += [name] * (f.read() != old)
            self.check(not wrong, "full under %s: %s" % (pager, wrong))

    # ---- Refusals ----

    def refuse(self, name, image, said, *sets):
        """One line that says it, and nothing else."""
        done = self.run("thread ('t', function () create 'x' end)\n", "store.image=" + image,
                        *sets)
        self.check(done.returncode == 2 and not done.stdout and done.stderr.count("\n") == 1
                   and re.search(said, done.stderr),
                   "%s: %d, %s" % (name, done.returncode, done.stderr))

    def damaged(self):
        """What is wrong with a good one after one change."""
        given = self.mke2fs("16M", self.source()[0])
        with open(given, "rb") as f:
            good = f.read()

        def changed(name, said, offset, data):
            for content, refused in ((data, True), (good[offset:offset + len(data)], False)):
                with open(given, "r+b") as f:
                    f.seek(offset)
                    f.write(content)
                if refused:
                    self.refuse(name, given, said)

        for name, said, offset, data in (
                ("no magic", "not ext2", 1080, b"\0\0"),
                ("mounted", "not unmounted cleanly", 1082, b"\0\0"),
                ("errors", "errors", 1082, b"\3\0"),
                ("revision", "revision 7", 1100, b"\7"),
                ("recovery", "needs_recovery", 1120, b"\6"),
                ("unknown", "feature 31", 1123, b"\x80"),
                ("orphans", "not unmounted cleanly", 1256, b"\x0c"),
                ("free blocks", "free blocks", 1036, b"\1"),
                ("inode size", "inodes", 1112, b"\x81"),
                ("descriptor", "group 0", PAGE, b"\0\0\0\0"),
                ("zeros", "not ext2", 0, bytes(len(good)))):
            changed(name, said, offset, data)
        table = struct.unpack_from("<I", good, PAGE + 8)[0] * PAGE
        changed("root", "inode 2", table + 256, b"\0\0")
        changed("pointer", "not there", table + 256 + 40, b"\xff\xff\xff\x7f")
        changed("its own", "inode 2: its block 1 is", table + 256 + 40, b"\1\0\0\0")
        changed("size", "inode 2", table + 256 + 4, b"\1")
        root = struct.unpack_from("<I", good, table + 256 + 40)[0] * PAGE
        changed("entry", "directory 2", root + 4, b"\0\0")
        changed("loop", "directory|names", root + 12, b"\3")
        self.lengths(good)

    def lengths(self, good):
        """Files that are no file systems, or not all of one."""
        short = self.path(".img")
        with open(short, "wb") as f:
            f.write(good)
        for length, said in ((len(good) - PAGE, "cut short"), (len(good) // 2, "cut short"),
                             (5000, "cut short"), (4096, "cut short"), (4095, "not ext2"),
                             (0, "not ext2")):
            os.truncate(short, length)
            self.refuse("%d bytes" % length, short, said)
        with open(short, "wb") as f:
            f.write(good + b"some bytes")
        done = self.run("thread ('t', function () create 'x' end)\n", "store.image=" + short)
        self.check(done.returncode == 0, "longer: " + done.stderr)
        self.refuse("none", self.path(".img"), "No such file")
        self.refuse("a directory", self.directory, "not a regular file|Is a directory")
        self.refuse("a pipe", "/dev/null", "not a regular file")
        self.refuse("huge", self.huge(), "longer than 2 TiB")
        os.symlink(short + ".loop", short + ".loop")
        self.refuse("a loop", short + ".loop", "symbolic links")
        with open(short, "wb") as f:
            f.write(gzip.compress(good, 1))
        self.refuse("compressed", short, "not ext2")
        if os.geteuid() != 0:
            os.chmod(short, 0)
            self.refuse("not readable", short, "Permission denied")

    def huge(self):
        """A file longer than any store."""
        path = self.path(".img")
        with open(path, "wb") as f:
            f.truncate((1 << 41) + PAGE)
        return path

    def refusals(self):
        """Features that are not supported, each by its name."""
        for name, (options, said) in REFUSED.items():
            image = self.mke2fs(options)
            if image:
                self.refuse(name, image, said)
                os.remove(image)
        with tempfile.NamedTemporaryFile(dir=self.directory, suffix=".img") as f:
            subprocess.run(["dd", "if=/dev/urandom", "of=" + f.name, "bs=1M", "count=4",
                            "status=none"], check=True)
            self.refuse("noise", f.name, "not ext2")

    # ---- Where it is written ----

    def outputs(self):
        """An image is all there, or as it was, and nothing beside it."""
        image = self.mke2fs("16M")
        lua = "thread ('t', function () assert (create 'x'):write (0, 5000) end)\n"
        done = self.run(lua, "store.image=" + image, image=image)
        self.check(done.returncode == 0 and not Image(image).clean()
                   and "x" in Image(image).debugfs("ls -l"), "onto itself: " + done.stderr)
        with open(image, "rb") as f:
            before = f.read()

        lua += "thread ('u', function () assert (create 'y'):write (0, 100000) end)\n"
        path = self.path(".lua")
        with open(path, "w", encoding="utf-8") as f:
            f.write(lua)
        command = [self.build + "/pagersim", "run", path, "--quiet", "--image"]
        small = self.path(".small")
        os.mkdir(small)
        on_small = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                    'mount -t tmpfs -o size=100k small "$1" && echo old >"$1/o.img" || exit 99\n'
                    'shift; "$@"; echo "$? $(cat "$0/o.img") $(ls "$0")"', small, small]
        done = subprocess.run(on_small + command + [small + "/o.img"], check=False, text=True,
                              capture_output=True)
        # Where that cannot be tried, nothing is said.
        self.check(done.returncode != 0
                   or (done.stdout == "2 old o.img\n" and done.stderr.count("\n") == 1
                       and "No space left" in done.stderr),
                   "a full disk: " + done.stdout + done.stderr)
        with open(path, "w", encoding="utf-8") as f:
            f.write("thread ('t', function () while true do sleep ('1ms') end end)\n")
        with subprocess.Popen(command + [image, "--set", "run.limit=1000000s"]) as running:
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            running.wait(10)
        self.check(running.returncode in (-signal.SIGINT, 128 + signal.SIGINT),
                   "interrupted: %d" % running.returncode)
        with open(image, "rb") as f:
            self.check(f.read() == before, "interrupted: the image was written to")
        beside = [n for n in os.listdir(self.directory)
                  if n.startswith(os.path.basename(image) + ".")]
        self.check(not beside, "interrupted: %s" % beside)

    # ---- Keys ----

    def keys(self):
        """The image decides about the store; its name does not about the run."""
        given = self.mke2fs("20M", self.source()[0])
        thread = "thread ('t', function () assert (create 'x'):write (0, 5000) end)\n"
        for key in "store.size=1G", "fs.fill=40", "fs.fragmentation=7":
            self.refuse(key, given, key + " does not go with it", key)
        done = self.run("fs { fill = 20 } store { size = '1G' }\n" + thread,
                        "store.image=" + given)
        self.check(done.returncode == 0, "over a workload's: " + done.stderr)
        done = self.run("fs { fill = 20 } store { image = '%s' }\n%s" % (given, thread))
        self.check(done.returncode == 2, "beside a workload's: " + done.stderr)
        done = self.run(thread, "store.image=" + given, pager="fatfs")
        self.check(done.returncode == 2 and "fatfs" in done.stderr, "fatfs: " + done.stderr)

        # Relative to the workload's file.
        copy = self.path(".img")
        subprocess.run(["cp", given, copy], check=True)
        lua = "store { image = '%s' }\n" % os.path.basename(copy) + thread
        done = self.run(lua)
        self.check(done.returncode == 0, "relative: " + done.stderr)

        def digest(image):
            path = self.path(".lua")
            with open(path, "w", encoding="utf-8") as f:
                f.write(thread)
            done = subprocess.run(
                [self.build + "/pagersim", "run", path, "--json"]
                + (["--set", "store.image=" + image] if image else []),
                check=True, text=True, capture_output=True)
            result = json.loads(done.stdout)
            return result["digest"], result["set"]["store.size"]

        self.check(digest(given) == digest(copy), "the name counts")
        self.check(digest(given)[1] == "20M", "store.size: %s" % digest(given)[1])
        Image(copy).debugfs("write %s new" % __file__, write=True)
        self.check(digest(given)[0] != digest(copy)[0], "the contents do not count")
        self.check(digest(given)[0] != digest(None)[0], "an image does not count")

    def again(self):
        """What a run leaves is an image to begin another with."""
        first = self.path(".img")
        second = self.path(".img")
        script = at_random(99, 150)
        done = self.run(script.lua(), "run.contents=bytes", "store.size=64M", image=first)
        self.check(done.returncode == 0, "first: " + done.stderr)
        inodes = Image(first).inodes(list(script.files))
        old = {p: File(f.bytes(inodes[p])) for p, f in script.files.items()}
        more = at_random(100, 150, old, script.directories - {""})
        self.script("again", more, "store.image=" + first)
        # Stamps of the first run are pages of the second.
        lua = "thread ('t', function () assert (create 'x'):write (0, 50000) end)\n"
        done = self.run(lua, "store.size=64M", image=first)
        lua = "thread ('t', function () assert (assert (open 'x'):write (5000, 100)) end)\n"
        done = self.run(lua, "store.image=" + first, image=second)
        self.check(done.returncode == 0 and not Image(second).clean(), "stamps: " + done.stderr)
        pages = [list(Image(i).pages("x", range(13))) for i in (first, second)]
        self.check([a == b for a, b in zip(*pages)] == [n != 1 for n in range(13)],
                   "stamps: pages")


def main():
    """Run them all."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
    passed = failed = 0
    parts = ("random_scripts", "many", "unlinked", "levels", "kinds", "attributes", "bad_blocks",
             "hashed", "full", "damaged", "refusals", "outputs", "keys", "again")

    def part(name):
        with tempfile.TemporaryDirectory() as directory:
            c = Checks(build, directory)
            try:
                getattr(c, name)()
            except (subprocess.SubprocessError, OSError, ValueError, KeyError,
                    AttributeError) as error:
                c.check(False, "%s: %r" % (name, error))
            return c

    wanted = sys.argv[2:] or parts
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for c in pool.map(part, wanted):
            passed += c.passed
            failed += c.failed
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
