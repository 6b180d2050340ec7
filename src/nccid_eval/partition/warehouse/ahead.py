"""Many small files of a remote warehouse, several at once: one after the other, each would wait for the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse.place import WarehouseFile

_AT_ONCE = 16


def read_ahead(files: Sequence[WarehouseFile]) -> Iterator[bytes | Refused]:
    """What each file holds, or why it cannot be read, in order. Raises WarehouseError, as reading one does."""
    if not any(file.place.is_remote for file in files):
        yield from map(_content, files)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(files), _AT_ONCE):
            yield from pool.map(_content, files[start : start + _AT_ONCE])


def _content(file: WarehouseFile) -> bytes | Refused:
    try:
        return file.read()
    except Refused as refused:
        return refused
