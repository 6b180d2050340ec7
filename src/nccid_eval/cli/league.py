"""A comparison as plain text: the league table, the differences, the verdicts on new versions."""

from __future__ import annotations

from nccid_eval.cli.plain import measure
from nccid_eval.comparison import Written
from nccid_eval.records import ComparedRun, Comparison, Estimate, NotEstimable, PairedDifference
from nccid_eval.report import titles
from nccid_eval.report.technical.standard import counted

COLUMNS = ("auc", "sensitivity", "specificity", "failure_rate")


def league(given: Comparison, written: Written) -> str:
    counts, names, units = given.counts, titles(given.runs), counted(given.units)
    lines = [
        f"{len(given.runs)} runs on {counts.cases} {units} ({counts.positives} positive) "
        f"of {counts.patients} patients",
        f"{given.cases}; rank {given.rank_method}",
        "",
        *_table(given, names),
        "",
        "differences, p adjusted over all of them (Holm)",
        *(_difference(names, one) for one in given.differences),
    ]
    if given.non_inferiority:
        lines += ["", f"new versions of {names[given.non_inferiority[0].predecessor]}"]
    lines += [
        f"  {one.verdict:<13} {names[one.run]}: {one.measure} no worse than by {one.margin:g}: "
        f"{measure(one.difference)}"
        for one in given.non_inferiority
    ]
    return "\n".join([*lines, f"\ncomparison: {written.table}", f"page:       {written.page}"])


def _table(given: Comparison, names: dict[str, str]) -> list[str]:
    width = max(len(name) for name in names.values())
    head = f"{'rank':<10} {'run':<{width}} " + " ".join(f"{name:<24}" for name in COLUMNS)
    rows = [
        f"{_rank(run):<10} {names[run.run_id]:<{width}} "
        + " ".join(f"{measure(run.measures[one]):<24}" for one in COLUMNS)
        for run in given.runs
    ]
    return [line.rstrip() for line in (head, *rows)]


def _rank(run: ComparedRun) -> str:
    if isinstance(run.rank, NotEstimable):
        return "–"
    return f"{run.rank.rank} ({run.rank.low}-{run.rank.high})"


def _difference(names: dict[str, str], given: PairedDifference) -> str:
    one = given.difference
    p = f", p {one.p_adjusted:.3g}" if isinstance(one, Estimate) and one.p_adjusted is not None else ""
    return f"  {given.measure:<11} {names[given.first]} less {names[given.second]}: {measure(one)}{p}"
