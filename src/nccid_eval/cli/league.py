"""A comparison as plain text: the league table, the differences, the verdicts on new versions."""

from __future__ import annotations

from nccid_eval.cli.plain import measure
from nccid_eval.comparison import Written
from nccid_eval.records import ComparedRun, Comparison, Estimate, Measure, NotEstimable

COLUMNS = ("auc", "sensitivity", "specificity")


def league(given: Comparison, written: Written) -> str:
    counts = given.counts
    lines = [
        f"{len(given.runs)} runs on {counts.cases} cases ({counts.positives} positive) of {counts.patients} patients",
        f"{given.cases}; rank {given.rank_method}",
        "",
        *_table(given),
        "",
        "differences, p adjusted over all of them (Holm)",
        *(_difference(given, one.first, one.second, one.measure, one.difference) for one in given.differences),
    ]
    if given.non_inferiority:
        lines += ["", f"new versions of {_name(given, given.non_inferiority[0].predecessor)}"]
    lines += [
        f"  {one.verdict:<13} {_name(given, one.run)}: {one.measure} no worse than by {one.margin:g}: "
        f"{measure(one.difference)}"
        for one in given.non_inferiority
    ]
    return "\n".join([*lines, f"\ncomparison: {written.table}", f"page:       {written.page}"])


def _table(given: Comparison) -> list[str]:
    names = [_name(given, one.run_id) for one in given.runs]
    width = max(len(name) for name in names)
    head = f"{'rank':<10} {'run':<{width}} " + " ".join(f"{name:<24}" for name in COLUMNS)
    rows = [
        f"{_rank(run):<10} {name:<{width}} " + " ".join(f"{measure(run.measures[one]):<24}" for one in COLUMNS)
        for run, name in zip(given.runs, names, strict=True)
    ]
    return [line.rstrip() for line in (head, *rows)]


def _rank(run: ComparedRun) -> str:
    if isinstance(run.rank, NotEstimable):
        return "–"
    return f"{run.rank.rank} ({run.rank.low}-{run.rank.high})"


def _name(given: Comparison, run_id: str) -> str:
    """Model and version where they tell the runs apart, else the run's id."""
    titles = {one.run_id: f"{one.model} {one.version}".strip() for one in given.runs}
    mine = titles[run_id]
    alone = list(titles.values()).count(mine) == 1
    return mine if mine and mine.isprintable() and alone else run_id


def _difference(given: Comparison, first: str, second: str, name: str, one: Measure) -> str:
    p = f", p {one.p_adjusted:.3g}" if isinstance(one, Estimate) and one.p_adjusted is not None else ""
    return f"  {name:<11} {_name(given, first)} less {_name(given, second)}: {measure(one)}{p}"
