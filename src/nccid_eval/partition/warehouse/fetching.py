"""Each image of a remote warehouse crosses the network once, though it is read twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nccid_eval.partition.warehouse.copies import places_for_copies
from nccid_eval.partition.warehouse.layout import Layout

MOST_BYTES = 64 * 2**30
_SHARE = 4  # of the free disk, a quarter: the staged images need the rest


@contextmanager
def fetched_once(layout: Layout, folder: Path, most_bytes: int = MOST_BYTES) -> Iterator[Layout]:
    """The layout, its images' files kept in `folder` between their two reads, up to `most_bytes` of them together.

    `folder` is made, with mode 0700, and gone when the block ends. A layout of files at hand is left as it is.
    """
    if not any(source.file.place.is_remote for source in layout.images):
        yield layout
        return
    shutil.rmtree(folder, ignore_errors=True)  # a killed build's
    folder.mkdir(mode=0o700)
    try:
        most = min(most_bytes, shutil.disk_usage(folder).free // _SHARE)
        places = places_for_copies(folder, [source.size for source in layout.images], most)
        images = (
            replace(source, file=replace(source.file, copy=place))
            for source, place in zip(layout.images, places, strict=True)
        )
        yield replace(layout, images=tuple(images))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
