"""Is a partition still as it was built? Every file is hashed again and held to the manifest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nccid_eval.errors import PartitionError
from nccid_eval.partition.built.manifest import CASES, MEND, NAME, PLACEHOLDER, SEALED, hashes

_NAMED = 5  # files that an error names


def verify(folder: Path, *, workers: int, progress: Callable[[str, int, int], None]) -> None:
    """Hash every file again. Raises PartitionError that names the first few changed, missing and extra files."""
    found = {name for name in _listing(folder) if not name.startswith(SEALED)} - {NAME}
    _compare(folder, hashes(folder), found, workers, progress, MEND)


def verify_sealed(folder: Path, mounted: Path, *, workers: int, progress: Callable[[str, int, int], None]) -> None:
    """Hold the cases as they are mounted for a container to the partition's manifest. Raises PartitionError."""
    expected = {name.removeprefix(CASES): sha256 for name, sha256 in hashes(folder).items() if name.startswith(CASES)}
    found = set(_listing(mounted)) - {PLACEHOLDER}
    _compare(mounted, expected, found, workers, progress, f"remove {folder / SEALED}: it is made again")


def _compare(
    folder: Path,
    expected: Mapping[str, str],
    found: Set[str],
    workers: int,
    progress: Callable[[str, int, int], None],
    mend: str,
) -> None:
    present = sorted(found & set(expected))
    wrong = [f"missing: {name}" for name in sorted(set(expected) - found)]
    wrong += [f"extra: {name}" for name in sorted(found - set(expected))]
    with ThreadPoolExecutor(max(1, workers)) as threads:
        for done, (name, sha256) in enumerate(
            zip(present, threads.map(lambda name: _sha256(folder / name), present), strict=True), start=1
        ):
            if sha256 != expected[name]:
                wrong.append(f"changed: {name}")
            progress("verifying", done, len(present))
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise PartitionError(
            f"the partition is not as it was built: {'; '.join(wrong[:_NAMED])}{more}", where=str(folder), mend=mend
        )


def _listing(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in (*names, *links))


def _sha256(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "not a regular file"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
