"""Warehouses in which every patient has one quirk, each another, and nothing else is odd about them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from partition_factory import ignore_progress

from nccid_eval import partition
from nccid_eval.partition.built.manifest import load_case_table, load_sources
from nccid_eval.records import Partition, PartitionRules
from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import draft_patient, write_patient
from nccid_eval.synthetic.quirks import QUIRKS
from nccid_eval.synthetic.quirks.row import several_images
from nccid_eval.synthetic.quirks.values import guest_sites
from nccid_eval.synthetic.recipe import Recipe
from nccid_eval.synthetic.truth import PatientTruth

SEED, SIZE = 3, 40
Truths = dict[str, list[PatientTruth]]  # by quirk: the patient, and those whom it planted beside them


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a build made of a warehouse: per source its case's row of truth.csv, per patient its cells, the rest."""

    built: Partition
    rows: dict[str, dict[str, str]]  # source -> label, attributes, unit …
    order: dict[str, list[str]]  # case -> sources, in the order of its files
    cells: dict[str, dict[str, list[tuple[str, str, str]]]]  # pseudonym -> field -> raw, value, reason
    left_out: Counter[str]
    warned: list[str]


@cache
def plain(index: int, ct: float, mr: float) -> Draft:
    return draft_patient(SEED, index, Recipe(odds={}, ct=ct, mr=mr, size=SIZE))


def plant(root: Path, names: Iterable[str], *, ct: float = 0.0, mr: float = 0.0, start: int = 0) -> Truths:
    """Write a warehouse with a patient for each quirk, every image of whom would else be a case.

    Patients are looked for from the index `start` on.
    """
    taken = set(range(start))
    truths: Truths = {}
    for name in names:
        index = _patient_for(name, taken, ct, mr)
        taken.add(index)
        truths[name] = write_patient(root, SEED, index, Recipe(odds={name: 1.0}, ct=ct, mr=mr, size=SIZE))
        assert truths[name][0].quirks == (name,)
    config = cohort.warehouse_config(guest_sites(dict.fromkeys(truths, 1.0)))
    (root / "config.json").write_text(json.dumps(config))
    return truths


def _patient_for(name: str, taken: set[int], ct: float, mr: float) -> int:
    quirk = next(one for one in QUIRKS if one.name == name)
    crosses = name in ("patient_group", "leak_wrong_side")  # these move a patient into the unseen part
    part = "training" if crosses else "validation"

    def suits(draft: Draft) -> bool:
        images = draft.patient.images
        judged = all(image.diseased is not None for image in images)
        few = len(images) == 1 + (quirk.applies is several_images)  # so that there is little to decode
        return judged and few and draft.patient.group == part and quirk.applies(draft)

    return next(n for n in range(4000) if n not in taken and suits(plain(n, ct, mr)))


def build(warehouse: Path, out: Path, rules: PartitionRules) -> Found:
    warned: list[str] = []
    built = partition.build(
        warehouse, out, rules, strict=False, workers=2, progress=ignore_progress, warn=warned.append
    )
    truth = load_case_table(out)
    sources = load_sources(out)
    by_case = {
        case: {"label": str(int(truth.label[place])), "patient": str(truth.patient[place])}
        | {name: str(values[place]) for name, values in truth.attributes.items()}
        for place, case in enumerate(truth.case.tolist())
    }
    order: dict[str, list[str]] = {}
    for row in sorted(sources, key=lambda one: (one.case, one.file)):
        order.setdefault(row.case, []).append(row.source)
    names = {by_case[row.case]["patient"]: row.pseudonym for row in sources}
    return Found(
        built=built,
        rows={row.source: by_case[row.case] for row in sources},
        order=order,
        cells=_cells(out, names),
        left_out=Counter({step.reason: step.images for step in built.flow if not step.kept}),
        warned=warned,
    )


def _cells(out: Path, names: dict[str, str]) -> dict[str, dict[str, list[tuple[str, str, str]]]]:
    cells: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
    with (out / "private" / "clinical.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            mine = cells.setdefault(names.get(row["patient"], ""), {})
            mine.setdefault(row["field"], []).append((row["raw"], row["value"], row["reason"]))
    return cells
