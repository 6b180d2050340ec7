"""Makes a whole synthetic warehouse, all or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from nccid_eval.errors import StorageError, WarehouseError
from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.quirks.switches import odds_of
from nccid_eval.synthetic.quirks.values import guest_sites
from nccid_eval.synthetic.recipe import LARGEST, Recipe
from nccid_eval.synthetic.truth import VERSION, PatientTruth, SyntheticTruth, truth_text

SMALLEST = 40  # rows; below it nothing of a chest is left
_CHUNK = 10  # patients handed to a worker at a time


def make_warehouse(
    out: Path,
    *,
    patients: int,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None],
    quirks: Iterable[str] = (),
    ct: float = 0.0,
    mr: float = 0.0,
    size: int = LARGEST,
) -> SyntheticTruth:
    """Write a synthetic NCCID warehouse of `patients` patients to `out`, a new or empty folder.

    `quirks` are switches (`NAME`, `NAME=0.1`, `none`, `all=0.1`) that are read in order and change the usual
    probabilities. `ct` and `mr` are the shares of patients with such a series. Radiographs have about `size` rows
    and columns. The same arguments give the same bytes whatever `workers`. `progress` is called with the patients
    written and all patients. Raises ConfigError for a quirk that is not there, WarehouseError where `out` holds
    something or a number makes no sense, and StorageError where the disk refuses; `out` is then as it was.
    """
    recipe = Recipe(odds=odds_of(quirks), ct=ct, mr=mr, size=size)
    _check(out, patients, seed, workers, recipe)
    half = _partial_sibling(out)
    try:
        truth = _fill(half, patients, seed, workers, recipe, progress)
        half.chmod(0o755)
        half.rename(out)
    except OSError as cause:
        raise _refused(out, cause) from cause
    except BrokenProcessPool as cause:
        raise WarehouseError(
            "a worker was killed", where=str(out), mend="free memory, or use fewer workers"
        ) from cause
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return truth


def _check(out: Path, patients: int, seed: int, workers: int, recipe: Recipe) -> None:
    if patients < 1 or seed < 0 or workers < 1:
        raise WarehouseError(
            f"no warehouse has {patients} patients by seed {seed} with {workers} workers",
            mend="ask for at least one patient and one worker, and a seed of zero or more",
        )
    if not (0 <= recipe.ct <= 1 and 0 <= recipe.mr <= 1 and SMALLEST <= recipe.size <= LARGEST):
        raise WarehouseError(
            f"no warehouse has CT for {recipe.ct}, MR for {recipe.mr}, and images of {recipe.size} rows",
            mend=f"ask for shares from 0 to 1, and for {SMALLEST} to {LARGEST} rows",
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


def _fill(
    root: Path, patients: int, seed: int, workers: int, recipe: Recipe, progress: Callable[[int, int], None]
) -> SyntheticTruth:
    written: list[PatientTruth] = []
    done = 0
    # closed at once when something fails, so that no worker writes into a folder that is being removed
    with closing(_written_chunks(root, patients, seed, workers, recipe)) as chunks:
        for chunk in chunks:
            written += chunk
            done = min(done + _CHUNK, patients)
            progress(done, patients)
    truth = SyntheticTruth(
        seed=seed,
        version=VERSION,
        subgroup=cohort.PLANTED_SUBGROUP,
        confounded_site=cohort.CONFOUNDED_SITE,
        patients=tuple(written),
    )
    config = cohort.warehouse_config(guest_sites(recipe.odds))
    (root / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    (root / "synthetic-truth.json").write_text(truth_text(truth), encoding="utf-8")
    return truth


def _written_chunks(
    root: Path, patients: int, seed: int, workers: int, recipe: Recipe
) -> Generator[list[PatientTruth], None, None]:
    """Chunks of patients in order, whoever wrote them."""
    ranges = [range(start, min(start + _CHUNK, patients)) for start in range(0, patients, _CHUNK)]
    if workers == 1 or len(ranges) == 1:
        for indices in ranges:
            yield _write_chunk(root, seed, recipe, indices)
        return
    with ProcessPoolExecutor(min(workers, len(ranges)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_write_chunk, root, seed, recipe), ranges)


def _write_chunk(root: Path, seed: int, recipe: Recipe, indices: range) -> list[PatientTruth]:
    from nccid_eval.synthetic.patient import write_patient  # pydicom and scipy load here, not with the CLI

    return [truth for index in indices for truth in write_patient(root, seed, index, recipe)]
