"""Makes a whole synthetic warehouse, all or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

from nccid_eval.errors import StorageError, WarehouseError
from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.truth import VERSION, PatientTruth, SyntheticTruth, truth_text

_CHUNK = 10  # patients handed to a worker at a time


def make_warehouse(
    out: Path, *, patients: int, seed: int, workers: int, progress: Callable[[int, int], None]
) -> SyntheticTruth:
    """Write a synthetic NCCID warehouse of `patients` patients to `out`, a new or empty folder.

    The same `patients` and `seed` give the same bytes whatever `workers`. `progress` is called with the patients
    written and all patients. Raises WarehouseError where `out` holds something or a number makes no sense, and
    StorageError where the disk refuses; `out` is then as it was.
    """
    _check(out, patients, seed, workers)
    partial = _partial_sibling(out)
    try:
        truth = _fill(partial, patients, seed, workers, progress)
        partial.chmod(0o755)
        partial.rename(out)
    except OSError as cause:
        raise _refused(out, cause) from cause
    except BrokenProcessPool as cause:
        raise WarehouseError(
            "a worker was killed", where=str(out), mend="free memory, or use fewer workers"
        ) from cause
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return truth


def _check(out: Path, patients: int, seed: int, workers: int) -> None:
    if patients < 1 or seed < 0 or workers < 1:
        raise WarehouseError(
            f"no warehouse has {patients} patients by seed {seed} with {workers} workers",
            mend="ask for at least one patient and one worker, and a seed of zero or more",
        )
    try:
        taken = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as cause:
        raise _refused(out, cause) from cause
    if taken:
        raise WarehouseError(f"{out.name} is not empty", where=str(out), mend="name a new folder, or empty this one")


def _partial_sibling(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as cause:
        raise _refused(out, cause) from cause


def _refused(out: Path, cause: OSError) -> StorageError:
    return StorageError(
        f"the warehouse cannot be written: {cause.strerror}",
        where=str(out),
        mend="free some disk, or name a folder that you may write to",
    )


def _fill(root: Path, patients: int, seed: int, workers: int, progress: Callable[[int, int], None]) -> SyntheticTruth:
    written: list[PatientTruth] = []
    # closed at once when something fails, so that no worker writes into a folder that is being removed
    with closing(_written_chunks(root, patients, seed, workers)) as chunks:
        for chunk in chunks:
            written += chunk
            progress(len(written), patients)
    truth = SyntheticTruth(
        seed=seed,
        version=VERSION,
        subgroup=cohort.PLANTED_SUBGROUP,
        confounded_site=cohort.CONFOUNDED_SITE,
        patients=tuple(written),
    )
    (root / "config.json").write_text(json.dumps(cohort.warehouse_config(), indent=1) + "\n", encoding="utf-8")
    (root / "synthetic-truth.json").write_text(truth_text(truth), encoding="utf-8")
    return truth


def _written_chunks(root: Path, patients: int, seed: int, workers: int) -> Generator[list[PatientTruth], None, None]:
    """Chunks of patients in order, whoever wrote them."""
    ranges = [range(start, min(start + _CHUNK, patients)) for start in range(0, patients, _CHUNK)]
    if workers == 1 or len(ranges) == 1:
        for indices in ranges:
            yield _write_chunk(root, seed, indices)
        return
    with ProcessPoolExecutor(min(workers, len(ranges)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_write_chunk, *zip(*((root, seed, indices) for indices in ranges), strict=True))


def _write_chunk(root: Path, seed: int, indices: range) -> list[PatientTruth]:
    from nccid_eval.synthetic.patient import write_patient  # pydicom and scipy load here, not with the CLI

    return [write_patient(root, seed, index) for index in indices]
