"""Proof that the data are unseen: what a leakage audit found, as far as it may leave."""

from __future__ import annotations

from nccid_eval.records import Evaluation, Leakage, LeakageCheck
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table
from nccid_eval.report.technical import methods

CHECKS = {
    "pseudonyms": "Patients",
    "study instance UIDs": "Studies",
    "SOP instance UIDs": "Images, by their identifier",
    "pixel values": "Images, by their stored pixels",
    "near-duplicates": "Images, by their look",
    "split rule": "Patients on the side that NCCID's own rule gives",
}
RESULTS = {
    "clean": "✓ nothing found",
    "leak": "✗ found in both parts, or on the wrong side",
    "to be looked at": "? pairs that look alike, for a person to compare",
    "not assessable": "? could not be made",
}
SENTENCES = {
    "clean": "Shown. An audit held NCCID's training part against every image of these cases: nothing is in both.",
    "leak": "Refuted. An audit found patients or images of these data in NCCID's training part.",
    "to be looked at": "Shown, but for pairs of images that look alike, though no copy was found. A person has "
    "to compare them; this report does not know whether anybody has.",
    "not assessable": "Shown in part. An audit found nothing in both parts, but could not make all of its checks.",
}
CAVEATS = {  # title and text
    "leak": (
        "Some of the data were not unseen",
        "The audit found the same patient or image in NCCID's training part. A model that trained there may have "
        "learned some of the answers.",
    ),
    "to be looked at": (
        "Some images look like images of the training part",
        "The audit found no copy, but pairs of images that look alike. A person has to compare them.",
    ),
    "not assessable": (
        "That the data are unseen is shown in part",
        "The audit found nothing in both parts, but could not make all of its checks.",
    ),
}
HELD = {  # after "NCCID puts each patient in one part only"
    "clean": "an audit of all images found that this held",
    "leak": "an audit found that this did not hold for all",
    "to be looked at": "an audit found no copy, but pairs of images that look alike",
    "not assessable": "an audit found nothing against it, but could not make all of its checks",
}
NOT_SHOWN = "Not shown: no audit was handed in."


def short(evaluation: Evaluation) -> str:
    """For the front page."""
    if evaluation.partition is None:
        return "Cannot be vouched for: the predictions were made elsewhere."
    if evaluation.leakage is None:
        return NOT_SHOWN
    return SENTENCES.get(evaluation.leakage.status, SENTENCES["not assessable"])


def table(found: Leakage) -> Table:
    return Table(
        caption="Checks of the audit: training part against the unseen one",
        headings=("What was compared", "In training, at least", "Here, at least", "Result", "What stays open"),
        rows=tuple(_row(one) for one in found.checks),
        methods=methods.links("leakage"),
    )


def _row(one: LeakageCheck) -> tuple[Cell, ...]:
    counts = (Cell(text=wording.count(number), kind="number") for number in (one.training, one.validation))
    open_end = Cell(text=one.note) if one.note else Cell(text="nothing", kind="missing")
    name = Cell(text=CHECKS.get(one.name, one.name))
    return (name, *counts, Cell(text=RESULTS.get(one.status, one.status)), open_end)
