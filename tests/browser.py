"""A real browser, driven over its DevTools pipe: no network, no driver program, nothing but the standard library.

Chromium is started with `--remote-debugging-pipe`: it reads commands from file descriptor 3 and writes answers to 4,
each a JSON text that ends in a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.oracles import program

_PATIENCE = 60.0  # seconds for one answer, on a busy machine
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the network is off
    "--remote-debugging-pipe",
)

# our ends of the pipes go where the browser expects them; by way of high numbers, so that neither lies under the other
_PLUMB = """import os, sys
ends = [os.dup2(int(end), 60 + place) for place, end in enumerate(sys.argv[1:3])]
for place, end in enumerate(ends): os.dup2(end, 3 + place)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One page. What it logs, and every exception that it does not catch, is kept in `complaints`."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                return dict(answer["result"])
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(until - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            chunk = os.read(self._read, 1 << 16)
            assert chunk, "the browser is gone"
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(text))

    def _note(self, event: dict[str, Any]) -> None:
        method, about = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown" or (method == "Log.entryAdded" and about["entry"]["level"] == "error"):
            self.complaints.append(json.dumps(about)[:2000])
        if method == "Runtime.consoleAPICalled" and about["type"] in {"error", "warning"}:
            self.complaints.append(json.dumps(about)[:2000])
        if method == "Network.requestWillBeSent":
            self.requests.append(str(about["request"]["url"]))

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, json.dumps(found["exceptionDetails"])[:2000]
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        """Until the expression is true."""
        until = time.monotonic() + _PATIENCE
        while not self.run(script):
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(0.02)

    def open(self, path: Path, fragment: str = "") -> None:
        """A file from disk, until its script has run."""
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=path.resolve().as_uri() + fragment)
        self.wait("document.documentElement?.dataset.ready === 'yes'")

    def press(self, key: str) -> None:
        """A key on the keyboard."""
        text = key if len(key) == 1 else "\r" if key == "Enter" else ""
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of what the selector finds: what lies over it would get the click."""
        where = self.run(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=1)

    def look(self, width: int, height: int, *, dark: bool = False, media: str = "") -> None:
        """The size of the window, the system's theme, and `print`."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", media=media, features=theme)

    @contextmanager
    def inside(self, kind: str) -> Iterator[None]:
        """Within: what is run, is run in the first target of a kind, such as `iframe`."""
        whole = self._session
        self._session = None
        until = time.monotonic() + _PATIENCE
        while True:
            targets = [t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == kind]
            if targets:
                break
            assert time.monotonic() < until, f"no {kind}"
            time.sleep(0.02)
        self._session = self.send("Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)["sessionId"]
        try:
            yield
        finally:
            self._session = whole

    def picture(self, path: Path) -> None:
        """A screenshot as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own; it is ended afterwards."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    command = [program("chromium"), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    plumbed = [sys.executable, "-c", _PLUMB, str(to_read), str(from_write), *command]
    process = subprocess.Popen(
        plumbed, pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Browser(to_write, from_read)
    finally:
        os.close(to_write)  # a browser whose pipe is closed ends
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(from_read)
