"""Results as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from nccid_eval.pipeline import Finished
from nccid_eval.pipeline.pages import written
from nccid_eval.records import Estimate, Measure, OrderCheck, RunFacts, Scorecard
from nccid_eval.report.parts.wording import clean, repeated, seconds
from nccid_eval.report.technical.standard import counted

REASONS = ("ok", "missing", "recoded", "ambiguous", "out_of_range", "unparseable")
HEADLINE = ("auc", "sensitivity", "specificity", "failure_rate")


def partition_summary(summary: Mapping[str, Any]) -> str:
    """What `partition.describe` tells, as text: facts, the flow, then diseased and healthy cases by attribute."""
    tables = ("labels", "by", "flow")
    facts = [f"{name}: {value}" for name, value in summary.items() if name not in tables]
    labels = ", ".join(f"{count} {name}" for name, count in summary["labels"].items())
    flow = [_flow_line(step) for step in summary["flow"]]
    head = f"{'images':>9}{'studies':>9}{'patients':>9}"
    return "\n".join([*facts, f"labels: {labels}", "", head, *flow, *_groups(summary)])


def _flow_line(step: Mapping[str, Any]) -> str:
    """Numbers first: reasons are as long as they have to be."""
    text = step["stage"] if step["kept"] else f"  left out, {step['stage']}: {step['reason']}"
    if step["kept"] and step["reason"]:
        text += f" ({step['reason']})"
    return f"{step['images']:>9,}{step['studies']:>9,}{step['patients']:>9,}  {text}"


def _groups(summary: Mapping[str, Any]) -> list[str]:
    rows = ["", f"{'positive':>9}{'negative':>9}  cases"]
    for attribute, levels in summary["by"].items():
        for level, counts in levels.items():
            name = f"{attribute}: {level or 'unknown'}"
            rows.append(f"{counts['positive']:>9,}{counts['negative']:>9,}  {name}")
    return rows


def quality_tables(described: Mapping[str, Any]) -> str:
    """What `partition.describe_quality` tells, as text: fields down, reasons across, in patients; '.' is none."""
    parts = []
    for level, table in described["tables"].items():
        title = "all patients with a clinical record" if described["by"] == "all" else f"{described['by']}: {level}"
        parts += [f"{clean(title)} ({table['patients']} patients)", *_quality_rows(table), ""]
    parts += [f"metadata files: {name}: {count}" for name, count in described["metadata"].items()]
    return "\n".join(parts).rstrip()


def _quality_rows(table: Mapping[str, Any]) -> list[str]:
    rows = [f"  {'field':<28}" + "".join(f"{reason.replace('_', ' '):>13}" for reason in REASONS)]
    absent = [field for field, answers in table["fields"].items() if set(answers) == {"missing"}]
    for field, answers in table["fields"].items():
        if field not in absent:
            rows.append(f"  {field:<28}" + "".join(f"{answers.get(reason, '.'):>13}" for reason in REASONS))
    rows += textwrap.wrap(
        f"missing in all: {', '.join(absent) or 'none'}", 106, initial_indent="  ", subsequent_indent="    "
    )
    for check, answers in table["checks"].items():
        said = ", ".join(f"{answer.replace('_', ' ')} {count}" for answer, count in answers.items())
        rows.append(f"  {check.replace('_', ' ')}: {said}")
    return rows + [f"  contradiction: {what}: {count}" for what, count in table["contradictions"].items()]


def finished(done: Finished) -> str:
    """The headline numbers and where everything lies."""
    parts = [
        headline(done.evaluation.scorecard, counted(done.evaluation.units)),
        *_time(done.evaluation.run),
        *order_check(done.evaluation.order_check),
    ]
    files = {"scorecard": done.run.release / "scorecard.json", **written(done.run.release)}
    return "\n".join([*parts, *(f"{name + ':':<10} {path}" for name, path in files.items())])


def _time(run: RunFacts | None) -> list[str]:
    return [] if run is None else [f"time a case: {seconds(run.latency_median_s)}".replace("\u00a0", " ")]


def order_check(check: OrderCheck | None) -> list[str]:
    """What came of asking again, as a line; none for predictions that were made elsewhere."""
    if check is None:
        return []
    found = f"not available: {check.not_available}" if check.not_available else repeated(check)
    return [f"order check: {found}"]


def headline(card: Scorecard, units: str) -> str:
    """The numbers that a person looks for first, each with its interval, then the verdicts; `units` is a plural."""
    counts = card.counts
    rows = [f"{counts.cases} {units} ({counts.positives} positive) of {counts.patients} patients"]
    rows += [f"  {name:<13} {measure(card.overall[name])}" for name in HEADLINE if name in card.overall]
    rows += [
        f"  {one.verdict:<13} {one.criterion.metric} above {one.criterion.bar:g}: {measure(one.measure)}"
        for one in card.verdicts
    ]
    return "\n".join(rows)


def measure(one: Measure) -> str:
    if isinstance(one, Estimate):
        return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
    return f"– {one.reason}"
