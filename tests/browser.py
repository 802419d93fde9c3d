"""Opens a page in headless Chromium and says what is wrong with it.

Speaks the DevTools protocol over a pair of pipes: what the browser logs, asks
the network for and shows is known as it happens.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import select
import subprocess
import tempfile
import time

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync",
           "--remote-debugging-pipe"]
PATIENCE_S = 60

# Pictures that are not shown, and what is wider than the window.
LOOK = """(async () => {
  const bad = [];
  const pictures = [...document.querySelectorAll ('img, svg')];
  for (const p of pictures)
    {
      const box = p.getBoundingClientRect ();
      const name = (p.closest ('figure') || p).id || p.alt;
      if (p.decode) await p.decode ().catch (() => 0);
      if (p.tagName == 'IMG' && !(p.complete && p.naturalWidth > 0))
        bad.push ('picture not shown: ' + name);
      else if (!(box.width > 0 && box.height > 0))
        bad.push ('picture without a size: ' + name);
    }
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth)
    bad.push ('the page is wider than its window');
  return { bad, pictures: pictures.length,
           ground: getComputedStyle (document.body).backgroundColor };
}) ()"""


class Browser:
    """A browser with one empty page."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.out = os.pipe()
        self.input, theirs_out = os.pipe()
        # The browser reads from 3 and writes to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{theirs_in} 4>&{theirs_out} "$@"',
             "bash", "chromium", *OPTIONS,
             f"--user-data-dir={self.profile.name}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.number, self.buffer, self.events, self.url = 0, b"", [], ""
        target = self.ask("Target.createTarget", {"url": "about:blank"}, None)
        self.session = self.ask(
            "Target.attachToTarget",
            {"targetId": target["targetId"], "flatten": True},
            None)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.ask(f"{domain}.enable", {})

    def message(self):
        """The next message, waited for."""
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self.buffer:
            left = max(0, end - time.monotonic())
            ready, _, _ = select.select([self.input], [], [], left)
            data = os.read(self.input, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError("the browser does not answer")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(line)

    def ask(self, method, params, session=""):
        """Call a method and give its result; events are put by."""
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session is not None:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, event):
        """Until an event has come."""
        while not any(e.get("method") == event for e in self.events):
            self.events.append(self.message())

    def open(self, path, width=1100, dark=False):
        """Load a page: (what is wrong with it, what it is like)."""
        self.ask("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1,
            "mobile": False})
        self.ask("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}]})
        self.events = []
        self.url = "file://" + os.path.abspath(path)
        self.ask("Page.navigate", {"url": self.url})
        self.wait("Page.loadEventFired")
        look = self.ask("Runtime.evaluate", {
            "expression": LOOK, "awaitPromise": True,
            "returnByValue": True})["result"]["value"]
        return list(map(self.wrong, self.events)), look

    def wrong(self, event):
        """What an event says against the page, or None."""
        kind, what = event.get("method"), event.get("params", {})
        if kind == "Runtime.exceptionThrown":
            return "script: " + what["exceptionDetails"]["text"]
        if kind == "Runtime.consoleAPICalled" \
                and what["type"] in ("error", "warning", "assert"):
            return "console: " + str(what["args"])
        if kind == "Log.entryAdded" \
                and what["entry"]["level"] in ("error", "warning"):
            return "log: " + what["entry"]["text"]
        if kind == "Network.requestWillBeSent" \
                and not what["request"]["url"].startswith("data:") \
                and what["request"]["url"] != self.url:
            return "from outside: " + what["request"]["url"]
        return None

    def complaints(self, path, width=1100, dark=False):
        """What is wrong with a page, as lines."""
        events, look = self.open(path, width, dark)
        return [event for event in events if event] + look["bad"]

    def close(self):
        """End the browser and forget its profile."""
        try:
            self.ask("Browser.close", {}, None)
            self.process.wait(20)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.input)
        os.close(self.out)
        self.profile.cleanup()
