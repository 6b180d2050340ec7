"""Tables of the runs themselves: how good, what they are, what failed, where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nccid_eval.records import ComparedRun, Comparison, NotEstimable
from nccid_eval.report.compared.tables import in_parts
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, count_cell, dash, measure_cell

Names = Mapping[str, str]
ELSEWHERE = "not known: made elsewhere"


def league(given: Comparison, names: Names, level: str) -> Table:
    """One row a run by falling AUC; the rank comes with the ranks that chance leaves open."""
    measures = tuple(dict.fromkeys(name for run in given.runs for name in run.measures))
    rows = tuple(
        (
            Cell(text=names[run.run_id]),
            Cell(text=run.vendor or "made elsewhere"),
            _rank(run),
            *(measure_cell(name, run.measures[name]) for name in measures),
        )
        for run in given.runs
    )
    shown = (f"{wording.metric(name).label} ({level} interval)" for name in measures)
    headings = ("Run", "Vendor", f"Rank by AUC ({level} interval)", *shown)
    return Table(caption="The runs by AUC", headings=headings, rows=rows)


def _rank(run: ComparedRun) -> Cell:
    if isinstance(run.rank, NotEstimable):
        return Cell(text=wording.not_estimable(run.rank), kind="missing")
    return Cell(text=str(run.rank.rank), interval=f"{run.rank.low} to {run.rank.high}", kind="number")


def traits(run: ComparedRun, units: str) -> dict[str, str]:
    """What a run is, apart from how good: heading -> text."""
    tested = run.tested
    asked = {f"{units.capitalize()} that it was asked": wording.count(run.cases), "Threshold": f"{run.threshold:g}"}
    criteria = {"Its own plan's criteria": run.conclusion or "none set"}
    if tested is None:
        known = ("Images", "Views", "Patients", "Uses age and sex", "Claims a probability", "Protocol")
        return dict.fromkeys(known, ELSEWHERE) | asked | criteria
    use = tested.indications
    return {
        "Images": ", ".join(use.modalities),
        "Views": ", ".join(use.views),
        "Patients": f"from {use.min_age_years:g} years",
        "Uses age and sex": "yes" if use.uses_demographics else "no",
        "Claims a probability": "yes" if tested.probability else "no",
        "Protocol": tested.protocol,
        **asked,
        **criteria,
    }


def side_by_side(given: Comparison, names: Names, units: str) -> tuple[Table, ...]:
    """A row a trait, a column a run."""

    def of(runs: Sequence[ComparedRun]) -> Table:
        told = [traits(run, units) for run in runs]
        rows = tuple((Cell(text=name), *(Cell(text=one[name]) for one in told)) for name in told[0])
        headings = ("Trait", *(names[run.run_id] for run in runs))
        return Table(caption="What each run is", headings=headings, rows=rows)

    return in_parts(given, of)


def apart(given: Comparison, units: str) -> tuple[list[str], list[str], list[str]]:
    """In lower case the traits in which the runs differ, those in which they are alike, those not known of each."""
    told = [traits(run, units) for run in given.runs]
    differ: list[str] = []
    alike: list[str] = []
    unknown: list[str] = []
    for name in told[0]:
        found = {one[name] for one in told}
        known = found - {ELSEWHERE}
        kind = differ if len(known) > 1 else alike if known == found else unknown
        kind.append(name[0].lower() + name[1:])
    return differ, alike, unknown


def failures(given: Comparison, names: Names, units: str) -> Table:
    """Outcomes that are no usable answer, a column each, as each run's own release counts them."""
    outcomes = [name for name in wording.OUTCOMES if any(run.failures.get(name) for run in given.runs)]
    rows = tuple(
        (
            Cell(text=names[run.run_id]),
            count_cell(run.cases),
            dash() if run.failed is None else count_cell(run.failed),
            *(dash() if run.failed is None else count_cell(run.failures.get(name, 0)) for name in outcomes),
        )
        for run in given.runs
    )
    headings = ("Run", f"{units.capitalize()} asked", "No usable answer", *(_outcome(name) for name in outcomes))
    return Table(caption="No usable answer, by reason", headings=headings, rows=rows)


def _outcome(name: str) -> str:
    said = wording.OUTCOMES[name]
    return said[0].upper() + said[1:]


def provenance(run: ComparedRun) -> tuple[tuple[str, str], ...]:
    """Where a run comes from: term, fact."""
    tested = run.tested
    fixed = "not known" if tested is None else "yes" if tested.plan_fixed else "no"
    return (
        ("Run", run.run_id),
        ("Image digest", tested.image_id if tested else "no container was run"),
        ("Commit of the evaluating software", tested.commit if tested else ELSEWHERE),
        ("Digest of the plan that it was scored by", run.plan_digest or "not known"),
        ("Plan fixed before the run", fixed),
        ("Disclosure gate", run.gate),
    )
