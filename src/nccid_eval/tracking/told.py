"""What MLflow tells of a run beside its numbers: name, parameters, description, data set. Texts are cleaned here."""

from __future__ import annotations

import html
import re
import unicodedata

from nccid_eval.records import Estimate, Evaluation, Measure, Verdict

TEXT_LIMIT = 500  # servers refuse long parameters; the whole text is in the report
PLURALS = {"study": "studies", "patient": "patients", "unit": "units"}
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!~=|:-])")


def clean(text: str, most: int = TEXT_LIMIT) -> str:
    """One line without control and direction characters: a store may refuse those, or a page be turned by them."""
    line = " ".join(text.split())
    return "".join(one for one in line if unicodedata.category(one)[0] != "C")[:most]


def run_name(evaluation: Evaluation) -> str:
    """Short enough for MLflow's columns and legends: model, version, and the run's last word against namesakes."""
    tested = evaluation.submission
    if tested is None:
        return clean(evaluation.run_id, 60)
    return f"{clean(tested.name, 60)} {clean(tested.version, 20)} · {clean(evaluation.run_id.rpartition('-')[2], 20)}"


def data_name(evaluation: Evaluation) -> str:
    made = evaluation.partition
    return f"partition of {clean(made.warehouse, 200)}" if made else "predictions made elsewhere"


def parameters(evaluation: Evaluation) -> dict[str, str]:
    """What the numbers hang on, a line each; the verdicts too, since MLflow sets parameters side by side."""
    card = evaluation.scorecard
    found = {
        "target": card.target,
        "threshold": repr(card.threshold),
        "counted": evaluation.units.name if evaluation.units else "case",
        "partition_digest": card.partition_digest,
        "confidence_level": f"{card.plan.level:g}",
        "plan_digest": card.plan.digest,
        "plan_seed": str(card.plan.seed),
        "plan_fixed_before_run": _yes(evaluation.plan_fixed),
        "disclosure_gate": card.gate,
        "commit": evaluation.commit,
        "nccid_eval_version": card.versions.get("nccid_eval", ""),
        "conclusion": card.conclusion,
        **{f"criterion {criterion(one)}": one.verdict for one in card.verdicts},
        **_of_submission(evaluation),
        **_of_run(evaluation),
    }
    return {key: clean(value) for key, value in found.items() if value}


def _of_submission(evaluation: Evaluation) -> dict[str, str]:
    tested = evaluation.submission
    if tested is None:
        return {}
    return {
        "vendor": tested.vendor,
        "model": tested.name,
        "model_version": tested.version,
        "claims_probability": _yes(tested.probability),
        "trained_on_nccid": _yes(tested.nccid_training_partition),
    }


def _of_run(evaluation: Evaluation) -> dict[str, str]:
    run = evaluation.run
    if run is None:
        return {}
    return {
        "image_id": run.image_id,
        "engine": run.engine,
        "protocol": run.protocol,
        "run_seed": str(run.seed),
    }


def criterion(verdict: Verdict) -> str:
    kind = "" if verdict.criterion.primary else " (secondary)"
    return f"{verdict.criterion.metric} above {verdict.criterion.bar:g}{kind}"


def description(evaluation: Evaluation) -> str:
    """Markdown for the head of MLflow's page: verdicts, what was tested on whom, and where to read on."""
    card, counts = evaluation.scorecard, evaluation.scorecard.counts
    units = PLURALS.get(evaluation.units.name, evaluation.units.name) if evaluation.units else "cases"
    parts = [
        *([f"Primary criteria together: **{_markdown(card.conclusion)}**"] if card.conclusion else []),
        *(["\n".join(_verdict(one) for one in card.verdicts)] if card.verdicts else []),
        f"{_tested(evaluation)} on {counts.cases:,} {_markdown(units)} ({counts.positives:,} diseased) of "
        f"{counts.patients:,} patients. Target: {_markdown(card.target)}, at the threshold {card.threshold:g}.",
        *([f"**Keep in mind:** {_markdown(card.audit.alarm)}"] if card.audit and card.audit.alarm else []),
        "The report with groups, methods and limits is `report.html` under Artifacts; every number with its interval "
        f"is in `estimates.csv`. Run: {_markdown(evaluation.run_id, 200)}. Moments are told to the hour, so the "
        "duration above says nothing. This is a validation study, not a regulatory approval.",
    ]
    return "\n\n".join(parts)


def _tested(evaluation: Evaluation) -> str:
    tested = evaluation.submission
    if tested is None:
        return "Predictions that were made elsewhere"
    return f"{_markdown(tested.name, 60)} {_markdown(tested.version, 20)} by {_markdown(tested.vendor, 100)}"


def _verdict(verdict: Verdict) -> str:
    found = _markdown(_found(verdict.measure))
    return f"- {_markdown(criterion(verdict))}: **{_markdown(verdict.verdict)}**, {found}"


def _found(measure: Measure) -> str:
    if isinstance(measure, Estimate):
        return f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})"
    return f"not available: {measure.reason}"


def _markdown(text: str, most: int = TEXT_LIMIT) -> str:
    """Text that stands in Markdown and HTML as itself."""
    return MARKDOWN.sub(r"\\\1", html.escape(clean(text, most), quote=False))


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
