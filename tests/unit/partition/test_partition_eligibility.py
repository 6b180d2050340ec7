from dataclasses import replace
from pathlib import Path

import pytest
from partition_factory import NEGATIVE, POSITIVE, RULES, ignore_progress, put_clinical, put_image

from nccid_eval import partition
from nccid_eval.errors import SubmissionError
from nccid_eval.records import Indications, Partition

WIDE = Indications(
    target="covid_positive", modalities=("DX", "CR"), views=("AP", "PA"), min_age_years=0.0, uses_demographics=False
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Partition:
    root = tmp_path_factory.mktemp("eligible")
    warehouse = root / "warehouse"
    put_image(warehouse, "Covid1", 1, PatientAge="017Y")
    put_image(warehouse, "Covid2", 2, PatientAge=None, ViewPosition="AP", SeriesDescription="")
    put_image(warehouse, "Covid3", 3, Modality="CR")
    put_image(warehouse, "Covid3", 4, ViewPosition="", SeriesDescription="")
    for number in (1, 2):
        put_clinical(warehouse, f"Covid{number}", POSITIVE)
    put_clinical(warehouse, "Covid3", NEGATIVE)
    return partition.build(
        warehouse,
        root / "out",
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
    )


def counted(built: Partition, indications: Indications) -> tuple[int, dict[str, tuple[int, int, int]], str]:
    table, steps = partition.eligible(built, indications)
    assert set(table.case) <= set(built.cases.case)
    excluded = {step.reason: (step.images, step.studies, step.patients) for step in steps if not step.kept}
    assert built.flow[-1].images - sum(images for images, _, _ in excluded.values()) == steps[-1].images
    assert [step.kept for step in steps] == [False] * len(excluded) + [True]
    return len(table.case), excluded, steps[-1].reason


def test_wide_indications_cover_every_case_and_count_the_unknown(built: Partition) -> None:
    assert counted(built, WIDE) == (4, {}, "cases kept: 1 of unknown view, 1 of unknown age")


def test_modality_view_and_age_exclude_with_their_reasons(built: Partition) -> None:
    cases, excluded, _ = counted(built, replace(WIDE, modalities=("DX",)))
    assert (cases, excluded) == (3, {"modality not covered: CR": (1, 1, 0)})
    cases, excluded, note = counted(built, replace(WIDE, views=("PA",)))
    assert (cases, excluded) == (3, {"view not covered: AP": (1, 1, 1)})
    assert note == "cases kept: 1 of unknown view"
    cases, excluded, _ = counted(built, replace(WIDE, min_age_years=18.0))
    assert (cases, excluded) == (3, {"younger than 18 years": (1, 1, 1)})
    assert counted(built, replace(WIDE, min_age_years=17.0))[0] == 4


def test_another_target_and_indications_without_a_case_are_the_submissions_fault(built: Partition) -> None:
    with pytest.raises(SubmissionError, match="target 'death'"):
        partition.eligible(built, replace(WIDE, target="death"))
    with pytest.raises(SubmissionError, match="no case"):
        partition.eligible(built, replace(WIDE, modalities=("CT",)))


def test_eligibility_leaks_no_path_to_a_vendor(built: Partition) -> None:
    with pytest.raises(SubmissionError) as caught:
        partition.eligible(built, replace(WIDE, target="death"))
    assert str(Path(built.folder).parent) not in str(caught.value)
