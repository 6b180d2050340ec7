"""What could be wrong, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nccid_eval.records import Estimate, Evaluation, OrderCheck, Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.technical import unseen
from nccid_eval.report.technical.findings.groups import compared_groups, shows_small_cells, unseen_groups

FEW_PATIENTS = 40  # below it even clustered intervals cover a few points less than they claim
MANY_FAILED = 0.1  # a larger share of cases without an answer is among what weighs most
CHANGED = 1e-3  # an answer that changes by more when it is asked for again is worth a warning
TOO_GOOD = 0.95  # an AUC above it asks for a check of confounding before it is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """`section` is the fragment of the part of the report that says more."""

    title: str
    text: str
    section: str


def caveats(evaluation: Evaluation) -> tuple[Caveat, ...]:
    """What could be wrong, the weightiest first; the front page shows the first three, 'Limits' all of them."""
    card = evaluation.scorecard
    return (
        *_of_control(evaluation),
        *_of_failures(card, many=True),
        *_of_leakage(evaluation),
        *_of_confounding(card),
        *_of_order(evaluation.order_check),
        *_of_origin(evaluation),
        *_of_sites(card),
        *_of_no_audit(evaluation),
        *_of_size(card),
        *_of_failures(card, many=False),
        *_of_groups(card),
        *_always(evaluation),
    )


def _of_control(evaluation: Evaluation) -> Iterator[Caveat]:
    if evaluation.partition is not None and evaluation.partition.rules.blank:
        yield Caveat(
            title="This is a control",
            text=f"The model was shown {wording.shown(evaluation.partition.rules)}. How good it is in use, this does "
            "not say.",
            section="index-test",
        )


def _of_leakage(evaluation: Evaluation) -> Iterator[Caveat]:
    """A leak is the weightiest thing that can be wrong; an audit that was not made stands further down."""
    found = evaluation.leakage
    if found is None or found.status == "clean":
        return
    title, text = unseen.CAVEATS.get(found.status, unseen.CAVEATS["not assessable"])
    yield Caveat(title=title, text=text, section="unseen")


def _of_no_audit(evaluation: Evaluation) -> Iterator[Caveat]:
    if evaluation.partition is not None and evaluation.leakage is None:
        yield Caveat(
            title="That the data are unseen is not shown",
            text="No audit of the training part against these data was handed in. NCCID says that it never gave them "
            "out; this report does not prove it.",
            section="unseen",
        )


def _held(evaluation: Evaluation) -> str:
    if evaluation.leakage is None:
        return "no audit was handed in that says whether that held"
    return unseen.HELD.get(evaluation.leakage.status, unseen.HELD["not assessable"])


def _of_confounding(card: Scorecard) -> Iterator[Caveat]:
    auc = card.overall.get("auc")
    if card.audit is not None:
        if card.audit.alarm:
            yield Caveat(
                title="Something other than the disease may give the diagnosis away",
                text=f"{card.audit.alarm} Read the audit before relying on the result.",
                section="confounding",
            )
    elif isinstance(auc, Estimate) and auc.value > TOO_GOOD:
        yield Caveat(
            title="The result is unusually good",
            text=f"An AUC above {TOO_GOOD} is often a sign that site, equipment or view give the diagnosis away. "
            "Look at the groups below before relying on it.",
            section="fairness",
        )


def _of_order(check: OrderCheck | None) -> Iterator[Caveat]:
    if check is None:
        return
    if check.crossed or check.failed or (check.largest_change or 0) > CHANGED:
        yield Caveat(
            title="The model does not always give the same answer",
            text=f"{wording.repeated(check)} An answer may depend on the cases that came before or beside it.",
            section="order-check",
        )


def _of_sites(card: Scorecard) -> Iterator[Caveat]:
    named = () if card.audit is None else card.audit.one_sided
    sites = [one.removeprefix(f"{card.plan.site}: ") for one in named if one.startswith(f"{card.plan.site}: ")]
    if sites:
        yield Caveat(
            title="Some sites sent patients of one kind",
            text=f"{'; '.join(sites)}. There, recognising the site is as good as recognising the disease.",
            section="confounding",
        )


def _of_origin(evaluation: Evaluation) -> Iterator[Caveat]:
    if evaluation.run is None:
        yield Caveat(
            title="Nobody here saw the model run",
            text="The predictions were made elsewhere. This report cannot vouch for how they were made, nor that the "
            "model had never seen these patients.",
            section="index-test",
        )
    if evaluation.submission is not None and evaluation.submission.nccid_training_partition:
        yield Caveat(
            title="The vendor trained on NCCID's training part",
            text=f"NCCID puts each patient in one part only; {_held(evaluation)}. Many hospitals are in both parts. "
            "Elsewhere the model may do worse.",
            section="unseen",
        )


def _of_size(card: Scorecard) -> Iterator[Caveat]:
    counts = card.counts
    if min(counts.diseased_patients, counts.healthy_patients) < FEW_PATIENTS:
        yield Caveat(
            title="Few patients",
            text=f"{wording.count(counts.diseased_patients)} diseased and {wording.count(counts.healthy_patients)} "
            f"healthy patients were tested. With fewer than {FEW_PATIENTS} the true uncertainty is a little wider "
            "than the intervals.",
            section="method-proportion",
        )


def _of_failures(card: Scorecard, *, many: bool) -> Iterator[Caveat]:
    """Where they are many, little else counts; `many` says which place this is."""
    failed, cases = card.counts.failures or 0, card.counts.cases
    if failed and many == (failed > MANY_FAILED * cases):
        yield Caveat(
            title=f"{'No case' if failed == cases else 'Most cases' if 2 * failed > cases else 'Some cases'} got "
            f"{'a' if failed == cases else 'no'} usable answer",
            text=f"{wording.count(failed)} of {wording.count(cases)} cases got none. Each is "
            "counted as wrong, whichever way that goes against the model; other ways of counting stand under "
            "'Failures'.",
            section="failures",
        )


def _of_groups(card: Scorecard) -> Iterator[Caveat]:
    hidden, groups = unseen_groups(card)
    if shows_small_cells(card):
        yield Caveat(
            title="Small groups are shown",
            text=f"Some groups here have fewer than {card.plan.minimum_patients} diseased or healthy patients. "
            "Keep this report where patients' data may be kept.",
            section="fairness",
        )
    if hidden:
        yield Caveat(
            title="Nothing can be said about some groups",
            text=f"{hidden} of {groups} groups may not be shown, or could not be estimated. "
            "That the model is fair to them is not shown.",
            section="fairness",
        )
    if compared := compared_groups(card):
        yield Caveat(
            title="Many comparisons",
            text=f"{wording.many(compared, 'group')} {'was' if compared == 1 else 'were'} compared with all other "
            "cases. A few will look different by chance alone; adjusted p-values allow for "
            "that, and a group that does not stand out is not thereby shown to be equal.",
            section="method-adjusted-p",
        )


def _always(evaluation: Evaluation) -> Iterator[Caveat]:
    target = wording.target_name(evaluation.scorecard.target)
    yield Caveat(
        title="How common the disease is here says nothing of elsewhere",
        text=f"The share of cases with {target} in these data was set by how the data were collected. "
        "Read predictive values only at the prevalence of your own setting.",
        section="predictive-values",
    )
    taken = "The images were taken in the past, for other reasons. " if evaluation.partition else ""
    yield Caveat(
        title="Retrospective images" if taken else "Other places and times",
        text=f"{taken}Other hospitals, equipment, virus variants and vaccination may change how well the model does.",
        section="monitoring",
    )
    if "dirty" in evaluation.commit:
        yield Caveat(
            title="Unrecorded changes to the software",
            text="The evaluating software had changes that its commit does not hold; "
            "the result cannot be traced fully.",
            section="provenance",
        )
