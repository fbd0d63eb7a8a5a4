"""Headless Chromium as tests drive it: over a pipe, by its own protocol, without another package."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FOUND = next((path for path in map(shutil.which, NAMES) if path), None)

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", "--hide-scrollbars", "--force-color-profile=srgb",
)  # fmt: skip

_PLACED = """
import fcntl, os, sys
given, taken = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 20) for fd in sys.argv[1:3])
os.dup2(given, 3)
os.dup2(taken, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the ends of the pipes where the browser looks for them, and becomes the browser."""


class Browser:
    """One browser with one page; `events` is what it said since the page was opened."""

    def __init__(self, profile: Path) -> None:
        assert FOUND is not None
        ours, theirs = os.pipe(), os.pipe()
        self._browser = subprocess.Popen(
            [sys.executable, "-c", _PLACED, str(ours[0]), str(theirs[1]), FOUND, *FLAGS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(ours[0], theirs[1]), start_new_session=True,
        )  # fmt: skip
        os.close(ours[0])
        os.close(theirs[1])
        self._out, self._in = os.fdopen(ours[1], "wb", 0), os.fdopen(theirs[0], "rb")
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._session = None
        try:
            self.send("Browser.close")
            self._browser.wait(10)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self._browser.kill()
            self._browser.wait()
        self._out.close()
        self._in.close()

    def send(self, method: str, **params: Any) -> Any:
        """Ask for something and wait for the answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == message["id"]:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            read = os.read(self._in.fileno(), 1 << 20)
            if not read:
                raise EOFError("the browser ended")
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, url: str, seconds: float = 60) -> float:
        """Open a page and wait until it has loaded and its script has run; how long that took."""
        self.events.clear()
        begun = time.perf_counter()
        self.send("Page.navigate", url=url)
        until = begun + seconds
        while self.run("document.readyState") != "complete" or self.run("location.href") != url:
            assert time.perf_counter() < until, "the page does not load"
            time.sleep(0.01)
        return time.perf_counter() - begun

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def told(self, method: str) -> list[dict[str, Any]]:
        """What the browser said of that sort since the page was opened."""
        self.run("0")
        return [event["params"] for event in self.events if event.get("method") == method]

    def size(self, width: int, height: int, *, mobile: bool = False, scale: float = 1) -> None:
        """The size of the window."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )

    def dark(self, on: bool) -> None:
        """Whether the reader prefers a dark page."""
        value = "dark" if on else "light"
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def shot(self, *, whole: bool = False) -> bytes:
        """A picture of the window, or of the whole page."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """The page as it prints, with tags for those who have it read out."""
        answer = self.send(
            "Page.printToPDF", printBackground=True, preferCSSPageSize=True, generateTaggedPDF=True,
            generateDocumentOutline=True,
        )  # fmt: skip
        return base64.b64decode(answer["data"])

    def press(self, key: str, code: str = "", text: str = "") -> None:
        """Press a key."""
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, code=code or key, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, code=code or key)
