"""Whose a run is and what was run, as its folder tells it."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.errors import ComparisonError
from nccid_eval.records import Assessment, Tested, Units
from nccid_eval.settings import to_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Vendor, model and version are empty, and `tested` None, for predictions that were made elsewhere."""

    run_id: str
    vendor: str = ""
    model: str = ""
    version: str = ""
    aggregation: str = "max"  # how the scores of a unit's cases are joined; tables from elsewhere are kept by unit
    units: Units | None = None
    tested: Tested | None = None


def origin(run: RunFolder) -> Origin:
    if not (run.private / "assessment.json").is_file():
        return Origin(run_id=run.root.resolve().name, units=_units_elsewhere(run))
    begun = archive.load_assessment(run)
    submission, rules = begun.submission, begun.partition.rules
    is_coarser = rules.unit not in ("", rules.case)
    return Origin(
        run_id=begun.run_id,
        vendor=submission.vendor,
        model=submission.name,
        version=submission.version,
        aggregation=rules.aggregation,
        units=Units(name=rules.unit, aggregation=rules.aggregation) if is_coarser else None,
        tested=_tested(begun),
    )


def _tested(begun: Assessment) -> Tested:
    submission = begun.submission
    return Tested(
        indications=submission.indications,
        probability=submission.probability,
        trained_on_nccid=submission.nccid_training_partition,
        protocol=submission.container.protocol,
        image_id=begun.image.id,
        commit=begun.commit,
        plan_fixed=begun.plan_fixed,
    )


def _units_elsewhere(run: RunFolder) -> Units | None:
    path = run.release / "run.json"
    told = archive.read_json(path).get("units") if path.is_file() else None
    return to_record(told, Units, where=f"{path}: units", error=ComparisonError) if told else None
