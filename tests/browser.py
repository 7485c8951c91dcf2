"""Drives a real Chromium over its own protocol, through a pipe: no driver, no port and no package is needed."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_MOST_SECONDS = 60
_KEYS = {
    "Enter": 13,
    "Escape": 27,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Tab": 9,
}


class Browser:
    """One browser with one page: `errors` has what its console says is wrong, `requests` the addresses it asks for."""

    def __init__(self, profile: Path) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        reads, self._there = os.pipe()
        self._here, writes = os.pipe()
        # Chromium reads descriptor 3 and writes 4; those that the shell gets are above, so that none is overwritten.
        read_here, write_here = (fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (reads, writes))
        command = f'exec "$0" "$@" 3<&{read_here} 4>&{write_here}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, str(CHROMIUM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(read_here, write_here),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for one in (reads, writes, read_here, write_here):
            os.close(one)
        self._unread, self._number, self._session = b"", 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self._loaded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        self._send("Browser.close", {})
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._there)
        os.close(self._here)

    def ask(self, method: str, **given: Any) -> Any:
        """Send a command and return its result."""
        number = self._send(method, given)
        while True:
            message = self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    def open(self, address: str) -> float:
        """Load a page, wait until its scripts have run, and return the seconds that this took."""
        before, start = self._loaded, time.perf_counter()
        self.ask("Page.navigate", url=address)
        while self._loaded == before:
            self._next()
        self.js("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        return time.perf_counter() - start

    def js(self, expression: str) -> Any:
        """Return the value of an expression, of a promise when it is kept."""
        found = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", {}).get("description", str(found)))
        return found["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + _MOST_SECONDS
        while not self.js(expression):
            if time.monotonic() > end:
                raise TimeoutError(expression)

    def size(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Make the window this large, for readers who like it dark or light."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def place(self, element: str) -> tuple[float, float]:
        """Return the middle of an element, scrolled into view; `element` is an expression."""
        self.js(f"({element}).scrollIntoView({{block: 'center'}})")
        x, y = self.js(
            f"(() => {{const box = ({element}).getBoundingClientRect();"
            "return [box.left + box.width / 2, box.top + box.height / 2]})()"
        )
        return x, y

    def move(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Click with the left button."""
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **code)

    def write(self, text: str) -> None:
        """Write text into what has the focus."""
        self.ask("Input.insertText", text=text)

    def clipboard(self) -> str:
        """Return the text in the clipboard."""
        session, self._session = self._session, None
        self.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self._session = session
        return self.js("navigator.clipboard.readText()")

    def photograph(self, file: Path, *, whole: bool = False) -> None:
        """Write what is seen, or the whole page, to a PNG file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _send(self, method: str, given: dict[str, Any]) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._there, json.dumps(message).encode() + b"\0")
        return self._number

    def _next(self) -> dict[str, Any]:
        """Return the next message of the browser, and note what it tells of errors and requests."""
        while b"\0" not in self._unread:
            if not select.select([self._here], [], [], _MOST_SECONDS)[0]:
                raise TimeoutError("the browser does not answer")
            read = os.read(self._here, 1 << 20)
            if not read:
                raise RuntimeError("the browser has ended")
            self._unread += read
        written, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(written)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, event: str | None, given: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded += 1
        elif event == "Runtime.exceptionThrown":
            self.errors.append(str(given["exceptionDetails"].get("exception", given)))
        elif event == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning", "assert"):
            self.errors.append(str(given["args"]))
        elif event == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"):
            self.errors.append(given["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
