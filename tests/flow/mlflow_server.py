"""A real `mlflow server` process on loopback, and a road to it that breaks after so many requests."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STARTS_WITHIN_S = 180  # on a machine with much else to do


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Start a server whose store is `folder`/mlflow.db, wait until it answers, give its address, end it."""
    log = folder / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            _command(folder), stdout=out, stderr=out, env=_environment(), start_new_session=True
        )
    try:
        yield _address(server, log)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _command(folder: Path) -> list[str]:
    mlflow = Path(sys.executable).with_name("mlflow")
    store = ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    files = ["--artifacts-destination", str(folder / "artifacts")]
    return [str(mlflow), "server", *store, *files, "--host", "127.0.0.1", "--port", "0", "--workers", "1"]


def _environment() -> dict[str, str]:
    """Without MLflow's runners of jobs, eight processes that nothing here asks for."""
    return {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """The port is the server's own choice, so no other program can have it."""
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and server.poll() is None:
        if found := re.search(r"running on (http://[\d.]+:\d+)", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"mlflow server did not start:\n{log.read_text(errors='replace')}")


class Road(ThreadingHTTPServer):
    """Passes requests on to a server; after `lasts` of them the answer is lost, and nothing comes through any more.

    It is mended by setting `left`.
    """

    daemon_threads = True

    def __init__(self, address: str, lasts: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = address.removeprefix("http://")
        self.left = lasts
        self.lock = threading.Lock()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self) -> int:
        with self.lock:
            self.left -= 1
            return self.left


class _Passing(BaseHTTPRequestHandler):
    server: Road

    def pass_on(self) -> None:
        left = self.server.count()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if left < 0:
            self.connection.close()
            return
        ahead = http.client.HTTPConnection(self.server.behind)
        ahead.request(self.command, self.path, body, dict(self.headers))
        answer = ahead.getresponse()
        told = answer.read()
        ahead.close()
        if left == 0:  # done there, and nobody learns of it
            self.connection.close()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type", ""))
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@contextmanager
def breaking(address: str, lasts: int) -> Iterator[Road]:
    road = Road(address, lasts)
    thread = threading.Thread(target=road.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield road
    finally:
        road.shutdown()
        thread.join()
        road.server_close()
