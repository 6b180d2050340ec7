"""moto's S3 server on loopback behind a front of our own, which writes down every request and can fail as stores do.

Flask, which moto's server needs, comes with MLflow.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, quote
from urllib.request import Request, urlopen

from nccid_eval.partition.warehouse import open_place
from nccid_eval.partition.warehouse.s3 import S3Place

# moto lets nobody without a signature overwrite an object, and does not look at the signature.
SIGNED = "AWS4-HMAC-SHA256 Credential=tester/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
Answer = tuple[str, dict[str, str], bytes]  # status, headers, body


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the store saw it: `key` is '' for a listing, `prefix` '' for an object; `sent` bytes of body."""

    method: str
    bucket: str
    key: str
    prefix: str
    sent: int


class Store:
    """`upset`, where set, may answer in the store's stead: it gets bucket and key ('' for a listing)."""

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:
                """Nothing to standard error."""

        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._front, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._buckets = 0
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.asked: list[Asked] = []
        self.upset: Callable[[str, str], Answer | None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def make_bucket(self) -> Bucket:
        self._buckets += 1
        name = f"nccid-{self._buckets}"
        self.put(name)
        self.asked.clear()
        return Bucket(store=self, name=name)

    def put(self, path: str, content: bytes = b"") -> None:
        headers = {"Content-Type": "application/octet-stream", "Authorization": SIGNED}
        with urlopen(Request(f"{self.url}/{quote(path)}", data=content, headers=headers, method="PUT")) as answer:
            assert answer.status == 200

    def _front(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode()
        bucket, _, key = path.removeprefix("/").partition("/")
        upset = self.upset(bucket, key) if self.upset else None
        if upset:
            status, headers, body = upset
            start_response(status, list(headers.items()))
            chunks = [body]
        else:
            chunks = list(self._app(environ, start_response))
        prefix = parse_qs(environ["QUERY_STRING"]).get("prefix", [""])[0]
        sent = sum(len(one) for one in chunks)
        self.asked.append(Asked(method=environ["REQUEST_METHOD"], bucket=bucket, key=key, prefix=prefix, sent=sent))
        return chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    store: Store
    name: str

    @property
    def asked(self) -> list[Asked]:
        """Requests for this bucket: one of an earlier test's may be answered late."""
        return [one for one in self.store.asked if one.bucket == self.name]

    def put(self, key: str, content: bytes = b"content") -> None:
        self.store.put(f"{self.name}/{key}", content)

    def upload(self, folder: Path) -> None:
        """A folder with all in it, under its own name."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(path.relative_to(folder.parent).as_posix(), path.read_bytes())

    def place(self, prefix: str = "warehouse", **waits: float) -> S3Place:
        opened = open_place(f"s3://{self.name}/{prefix}", self.store.url)
        assert isinstance(opened, S3Place)
        return replace(opened, **waits)


def says(status: str, code: str) -> Answer:
    """An answer of the store that refuses."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>said &#x202e; no</Message></Error>".encode()
    return status, {"Content-Type": "application/xml", "Content-Length": str(len(body))}, body
