"""Serves the report of a study that goes on, on this machine only, made anew when the study has changed."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry
from fgspace.runs.pages.page import page
from fgspace.runs.reports.opening import opened
from fgspace.runs.reports.study_data import report_data

HOST = "127.0.0.1"
_FILES = ("study.db", "study.db-wal", "experiment.yaml")


class LivePage:
    """The page of the studies in some folders; it is made when it is asked for and the studies have changed."""

    def __init__(self, folders: Sequence[Path], registry: Registry) -> None:
        self._folders, self._registry = folders, registry
        self._lock = Lock()
        self._made: tuple[str, str] | None = None

    def state(self) -> str:
        """Return text that is another one whenever a study has gone on."""
        files = [folder / name for folder in self._folders for name in _FILES]
        return " ".join(f"{found.st_mtime_ns}-{found.st_size}" for file in files if (found := _status(file)))

    def text(self) -> str:
        """Return the page.

        Raises:
            FgspaceError: a study cannot be read.
        """
        with self._lock:
            state = self.state()
            if self._made is None or self._made[0] != state:
                with opened(self._folders, self._registry) as sources:
                    data = report_data(sources)
                self._made = state, page(data, refreshed=True)
            return self._made[1]


def server_of(live: LivePage, port: int) -> ThreadingHTTPServer:
    """Return a server of a page at 127.0.0.1; port 0 takes a free one.

    Raises:
        FgspaceError: the port is taken, or not allowed.
    """

    class Handler(_Handler):
        answers: ClassVar = {"/": ("text/html", live.text), "/state": ("text/plain", live.state)}

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FgspaceError(f"--port: {port} cannot be used: {why}; choose another, or 0 for any that is free") from None


class _Handler(BaseHTTPRequestHandler):
    """Answers for two paths; what asks under another name than this machine's is refused."""

    answers: ClassVar[dict[str, tuple[str, Callable[[], str]]]]

    def do_GET(self) -> None:
        """Send the page, or its state."""
        if self.headers.get("Host", "").rpartition(":")[0] not in (HOST, "localhost"):
            # A page of another site could otherwise read this one under a name of its own (DNS rebinding).
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "this server is for this machine only")
        elif (found := self.answers.get(self.path.partition("?")[0])) is None:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "there is only the page /")
        else:
            self._answer(*found)

    def _answer(self, kind: str, text: Callable[[], str]) -> None:
        try:
            self._send(HTTPStatus.OK, kind, text())
        except FgspaceError as error:
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", str(error))

    def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode("utf-8", errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal shows the address, and what is wrong stands in the page."""


def _status(file: Path) -> Any:
    try:
        return file.stat()
    except OSError:
        return None
