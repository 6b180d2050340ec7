"""A warehouse in an S3 bucket, or in any store that speaks its protocol. The only module that loads s3fs.

Two requests are made, ListObjectsV2 and GetObject, with keys as they are: s3fs's own paths would tidy hostile ones.
Credentials, profile, region and retries are botocore's, from the environment and files that it always reads.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nccid_eval.errors import WarehouseError
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse.names import is_hidden, name_fault, printable, without_login
from nccid_eval.partition.warehouse.place import LARGEST, TOO_LARGE, Entry
from nccid_eval.partition.warehouse.s3_trouble import MISSING, PASSING, code_of, trouble

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_READS = 3  # of a body: botocore asks again for one that does not begin, and for none that breaks off


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Place:
    """`prefix` without / at its ends. A store that is silent for `silence_s` is asked again, and after `patience_s`
    the read fails: before a process that reads an image and its JSON is taken for one that its file killed.
    """

    bucket: str
    prefix: str
    endpoint: str = ""
    silence_s: float = 30.0
    patience_s: float = 240.0

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{printable(self.prefix)}".rstrip("/")

    @property
    def name(self) -> str:
        return printable(self.prefix.split("/")[-1]) or self.bucket

    @property
    def is_remote(self) -> bool:
        return True

    def has(self, folder: str) -> bool:
        return bool(self._page(Prefix=self._key(f"{folder}/"), MaxKeys=1).get("Contents"))

    def entries(self, folder: str) -> Iterator[Entry]:
        """Empty objects whose keys end in / are what consoles make for folders, and no files."""
        page: dict[str, Any] = {}
        while not page or page.get("IsTruncated"):
            after = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
            page = self._page(Prefix=self._key(f"{folder}/"), **after)
            for found in page.get("Contents", ()):
                name, size = found["Key"].removeprefix(self._key("")), int(found["Size"])
                if not is_hidden(name) and (size or not name.endswith("/")):
                    yield Entry(name=name, size=size, is_link=False, version=found["ETag"])

    def read(self, name: str, version: str = "") -> bytes:
        end = time.monotonic() + self.patience_s
        for number in range(1, _READS + 1):
            try:
                content = self._fetch(self._key(name), version, end)
            except _store_errors() as cause:
                if not version and code_of(cause) in MISSING:
                    raise Refused("file", "cannot be read") from None  # nobody listed it: it may as well not be there
                if number == _READS or code_of(cause) not in PASSING:
                    raise trouble(cause, f"{self.where}/{printable(name)}") from None
            else:
                break
        if not content:
            raise Refused("file", "zero bytes")
        return content

    def refuse_output(self, out: Path) -> None:
        """No folder of this machine lies in a bucket."""

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _page(self, **asked: Any) -> dict[str, Any]:
        try:
            page: dict[str, Any] = self._store().call_s3(
                "list_objects_v2", Bucket=self.bucket, timeout=self.patience_s, **asked
            )
        except _store_errors() as cause:
            raise trouble(cause, self.where) from None
        return page

    def _fetch(self, key: str, version: str, end: float) -> bytes:
        from fsspec.asyn import sync

        store = self._store()
        same = {"IfMatch": version} if version else {}
        answer = store.call_s3("get_object", Bucket=self.bucket, Key=key, timeout=_until(end), **same)
        content: bytes = sync(store.loop, _body, answer, timeout=_until(end))
        return content

    def _store(self) -> Any:
        """s3fs keeps one connection a process for the same settings, so asking again costs nothing."""
        from s3fs import S3FileSystem

        store = S3FileSystem(
            endpoint_url=self.endpoint or None,
            config_kwargs={"connect_timeout": 10, "read_timeout": self.silence_s},
        )
        store.retries = 1  # botocore retries already, and theirs would multiply
        return store


def place_in_s3(address: str, endpoint: str = "") -> S3Place:
    """The place of `bucket/prefix`. Raises WarehouseError for one that is none, or where s3fs is missing."""
    bucket, _, prefix = address.partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket) or (prefix and name_fault(prefix)):
        raise WarehouseError(
            "this names no place in S3", where=without_login(f"s3://{address}"), mend="name it as s3://bucket/prefix"
        )
    if endpoint and not re.match(r"https?://[^/@]+(/|$)", endpoint):
        raise WarehouseError(
            "the endpoint is no URL of a host",
            where=without_login(endpoint),
            mend="name it as https://host or https://host:port",
        )
    try:
        import s3fs  # noqa: F401
    except ImportError:
        raise WarehouseError(
            "a warehouse in S3 is read with s3fs, which is not installed",
            where=f"s3://{printable(address)}",
            mend="pip install 'nccid-eval[s3]'",
        ) from None
    return S3Place(bucket=bucket, prefix=prefix, endpoint=endpoint)


def _until(end: float) -> float:
    return max(0.1, end - time.monotonic())  # 0 would be for ever


async def _body(answer: dict[str, Any]) -> bytes:
    try:
        if answer.get("ContentLength", 0) > LARGEST:
            raise Refused("file", TOO_LARGE)
        content: bytes = await answer["Body"].read()
    finally:
        answer["Body"].close()
    return content


def _store_errors() -> tuple[type[Exception], ...]:
    """What the libraries beneath raise of a store, its network and its settings (ValueError)."""
    from aiohttp import ClientError
    from botocore.exceptions import BotoCoreError

    return (OSError, ValueError, BotoCoreError, ClientError)
