"""Which of a patient's studies count, and which studies cannot be a unit of analysis.

Chosen among the studies of which a labelled, sound image is left, and before the indications of use are asked: every
submission is judged on the same studies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from nccid_eval.partition.cases.selection import Decoded, LeftOut
from nccid_eval.partition.warehouse import Study
from nccid_eval.records import PartitionRules

_Rank = tuple[int, date, Study]  # the smallest counts; the name decides between studies of one day


def analysed(
    cases: Mapping[str, Sequence[Decoded]], rules: PartitionRules
) -> tuple[dict[str, list[Decoded]], list[LeftOut]]:
    """The cases that go on, and the images of the others. All images of a case are of one study."""
    images = [one for group in cases.values() for one in group]
    left_out = _of_two_labels(images, rules)
    gone = {one.source.name for one in left_out}
    left_out += _beside_the_index([one for one in images if one.image.source.name not in gone], rules)
    gone |= {one.source.name for one in left_out}
    kept = {name: list(group) for name, group in cases.items() if group[0].image.source.name not in gone}
    return kept, left_out


def _of_two_labels(images: Sequence[Decoded], rules: PartitionRules) -> list[LeftOut]:
    """The images of studies that have both labels, where a study of several cases is the unit: it is none then.

    A patient of both labels is a unit: diseased at some time (`scoring.by_unit`).
    """
    if rules.unit != "study" or rules.case == "study":
        return []
    labels: defaultdict[Study, set[bool]] = defaultdict(set)
    for one in images:
        labels[one.image.source.where].add(one.image.label)
    reason = "the study's images have both labels"
    sources = [one.image.source for one in images if len(labels[one.image.source.where]) > 1]
    return [LeftOut(source=source, stage="cases", reason=reason) for source in sources]


def _beside_the_index(images: Sequence[Decoded], rules: PartitionRules) -> list[LeftOut]:
    """The images that are not of their patient's index study; none where the rules' `index` is "all".

    `first` and `last` go by the date of a study's first image, `nearest` by the days between it and a swab of the
    patient's kind, whichever came first; of two as near the earlier counts.
    """
    if rules.index == "all":
        return []
    studies: defaultdict[str, dict[Study, list[Decoded]]] = defaultdict(dict)
    for one in images:
        source = one.image.source
        studies[source.patient].setdefault(source.where, []).append(one)
    chosen = {patient: _chosen(of_patient, rules.index) for patient, of_patient in studies.items()}
    reason = f"not the patient's {_WORDS[rules.index]} study"
    sources = [one.image.source for one in images if one.image.source.where != chosen[one.image.source.patient]]
    return [LeftOut(source=source, stage="index", reason=reason) for source in sources]


def _chosen(studies: Mapping[Study, Sequence[Decoded]], index: str) -> Study:
    ranks = [_RANKS[index](study, images) for study, images in studies.items()]
    return min(ranks)[-1]


def _first(study: Study, images: Sequence[Decoded]) -> _Rank:
    return 0, _day(images), study


def _last(study: Study, images: Sequence[Decoded]) -> _Rank:
    return -_day(images).toordinal(), date.min, study


def _nearest(study: Study, images: Sequence[Decoded]) -> _Rank:
    return min(one.image.from_swab for one in images), _day(images), study


def _day(images: Sequence[Decoded]) -> date:
    return min(one.image.header.taken or date.max for one in images)  # an image without a date has no label


_RANKS: Mapping[str, Callable[[Study, Sequence[Decoded]], _Rank]] = {
    "first": _first,
    "last": _last,
    "nearest": _nearest,
}
_WORDS = {"first": "first", "last": "last", "nearest": "nearest (to a swab)"}
