"""The checks of a leakage audit, in the order of its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from nccid_eval.errors import WarehouseError
from nccid_eval.partition.leakage.findings import Check, Findings, Leak, Status, judged
from nccid_eval.partition.leakage.perceptual import near_pairs
from nccid_eval.partition.leakage.sides import Met, Person, Side, read_side
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.warehouse import open_place
from nccid_eval.partition.warehouse.split_rule import SplitRule, read_rule

_NO_PIXELS = "pixels were not asked for"


def audit(
    warehouse: str | Path,
    *,
    training: str | Path | None = None,
    pixels: bool,
    workers: int,
    progress: Callable[[str, int, int], None],
    endpoint: str = "",
) -> Findings:
    """Compare training/ with validation/. `training` names another warehouse that holds the training part.

    Each is a folder or s3://bucket/prefix; `endpoint` is the URL of a store in S3's protocol, '' for AWS's own.

    Without `pixels` no image is decoded, and the checks that need it are not assessable. Raises WarehouseError
    where there is no validation part at all.
    """
    place = open_place(str(warehouse), endpoint)
    other = place if training is None else open_place(str(training), endpoint)
    if not place.has("validation"):
        raise WarehouseError(
            "the warehouse has no folder validation/",
            where=place.where,
            mend="name the folder that holds validation/",
        )
    with Pool(workers, WorkerLimits()) as pool:
        seen = read_side(other, "training", pool, pixels=pixels, progress=progress)
        unseen = read_side(place, "validation", pool, pixels=pixels, progress=progress)
    rule = read_rule(place)
    return Findings(
        warehouse=place.name,
        training_of=other.name,
        validation_images=unseen.compared,
        version=version("nccid_eval"),
        checks=(
            _shared("pseudonyms", seen.patients, unseen.patients),
            _shared("study instance UIDs", seen.studies, unseen.studies, note=_untold(seen, unseen)),
            _shared("SOP instance UIDs", seen.instances, unseen.instances, note=_untold(seen, unseen)),
            _pictures(seen, unseen, pixels),
            _near_duplicates(seen, unseen, pixels),
            _split(seen, unseen, rule),
        ),
    )


def _shared(name: str, left: Met, right: Met, *, missing: str = "", note: str = "") -> Check:
    leaks = [Leak(what=one, training=left[one], validation=right[one]) for one in sorted(left.keys() & right.keys())]
    return judged(name, training=len(left), validation=len(right), leaks=leaks, missing=missing, note=note)


def _pictures(seen: Side, unseen: Side, pixels: bool) -> Check:
    missing, note = ("", _untold(seen, unseen)) if pixels else (_NO_PIXELS, "")
    return _shared("pixel values", seen.pictures, unseen.pictures, missing=missing, note=note)


def _near_duplicates(seen: Side, unseen: Side, pixels: bool) -> Check:
    """Pictures that look the same; those whose values are the same stand in the check of pixel values."""
    left = [index for index, one in enumerate(seen.prints) if one.look]
    right = [index for index, one in enumerate(unseen.prints) if one.look]
    leaks = []
    pairs = near_pairs([seen.prints[i].look for i in left], [unseen.prints[i].look for i in right])
    for row, column, distance in pairs:
        one, other = left[row], right[column]
        if seen.prints[one].picture != unseen.prints[other].picture:
            leak = Leak(
                what="near-duplicate",
                training=(seen.images[one],),
                validation=(unseen.images[other],),
                distance=distance,
            )
            leaks.append(leak)
    return judged(
        "near-duplicates",
        training=len(left),
        validation=len(right),
        leaks=sorted(leaks, key=lambda leak: (leak.distance or 0, leak.training, leak.validation)),
        missing="" if pixels else _NO_PIXELS,
        note=_untold(seen, unseen) if pixels else "",
        found=Status.LOOK,
    )


def _untold(seen: Side, unseen: Side) -> str:
    """What could not be compared does not become a pass in silence."""
    told = [f"{side.unread} in {side.name}/" for side in (seen, unseen) if side.unread]
    return f"not read: {', '.join(told)}" if told else ""


def _split(seen: Side, unseen: Side, rule: SplitRule | str) -> Check:
    """Each patient with a clinical record, against the part that the warehouse's own rule gives."""
    sides = ((seen.name, tuple(seen.people.values())), (unseen.name, tuple(unseen.people.values())))
    if isinstance(rule, str):
        leaks, unlisted, why = [], 0, rule
    else:
        leaks = [leak for part, people in sides for leak in _misplaced(part, people, rule)]
        unlisted = sum(not _part(one, rule) for _, people in sides for one in people)
        why = f"{unlisted} patients' sites are in no list of config.json" if unlisted else ""
    status = Status.LEAK if leaks else Status.NOT_ASSESSABLE if why else Status.CLEAN
    (_, left), (_, right) = sides
    return Check(
        name="split rule", status=status, training=len(left), validation=len(right), leaks=tuple(leaks), note=why
    )


def _misplaced(part: str, people: Iterable[Person], rule: SplitRule) -> list[Leak]:
    wrong = [one for one in people if _part(one, rule) not in ("", part)]
    return [
        Leak(
            what=f"{one.spelled}: by the rule of {one.site} in {_part(one, rule)}/",
            training=(one.spelled,) if part == "training" else (),
            validation=(one.spelled,) if part == "validation" else (),
        )
        for one in sorted(wrong, key=lambda one: one.spelled)
    ]


def _part(one: Person, rule: SplitRule) -> str:
    return rule.part_of(one.spelled, one.site, one.group)
