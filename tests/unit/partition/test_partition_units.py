"""Which studies become cases, and which unit of analysis each case is of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from partition_factory import NEGATIVE, POSITIVE, ROOT, RULES, ignore_progress, left_out, put_clinical, put_image

from nccid_eval import partition
from nccid_eval.partition.built.manifest import load_case_table, load_sources
from nccid_eval.partition.built.tables import parse_truth
from nccid_eval.records import Partition

SWABS = POSITIVE | {"Date of Positive Covid Swab": "04/05/2020"}
DAYS = {1: "20200401", 2: "20200404", 3: "20200407", 4: "20200420"}  # of study 1 to 4; the swab was on the 5th


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A positive patient with studies on four days, the last of two images; a negative one with a single study."""
    root = tmp_path_factory.mktemp("units") / "warehouse"
    for number, day in DAYS.items():
        put_image(root, "Covid1", number, AcquisitionDate=day, StudyDate="20300101")
    put_image(root, "Covid1", 5, study=4, AcquisitionDate="20200421")
    put_clinical(root, "Covid1", SWABS)
    put_image(root, "Covid2", 6)
    put_clinical(root, "Covid2", NEGATIVE)
    return root


def built(warehouse: Path, out: Path, **rules: Any) -> Partition:
    chosen = replace(RULES, **rules)
    return partition.build(
        warehouse, out, chosen, strict=False, workers=1, progress=ignore_progress, warn=lambda line: None
    )


def studies(found: Partition) -> list[int]:
    """The numbers of the positive patient's studies that became cases, a number a file."""
    names = [row.source.split("/")[2] for row in load_sources(found.folder) if row.pseudonym == "Covid1"]
    return sorted(int(name.removeprefix(ROOT).split(".")[0]) for name in names)


@pytest.mark.parametrize(("index", "kept"), [("first", [1]), ("last", [4, 4]), ("nearest", [2])])
def test_a_patients_index_study_alone_counts(index: str, kept: list[int], warehouse: Path, tmp_path: Path) -> None:
    found = built(warehouse, tmp_path / "out", index=index)
    assert studies(found) == kept
    out = left_out(found)
    assert list(out.values()) == [5 - len(kept)]
    assert next(iter(out)).startswith(f"not the patient's {index}")
    assert found.flow[-1].images == len(kept) + 1
    assert found.flow[0].patients == found.flow[-1].patients == 2


@pytest.mark.parametrize("day", ["20200406", "20200405"])
def test_of_two_studies_as_near_the_earlier_counts_and_of_one_day_the_first_by_name(day: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    for number, taken in ((3, day), (2, "20200404" if day.endswith("6") else day)):
        put_image(root, "Covid1", number, AcquisitionDate=taken)
    put_clinical(root, "Covid1", SWABS)
    assert studies(built(root, tmp_path / "out", index="nearest")) == [2]


def test_an_index_study_has_a_sound_and_labelled_image(tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    put_image(root, "Covid1", 1, AcquisitionDate="20190101")
    put_image(root, "Covid1", 2, b"")
    put_image(root, "Covid1", 3, AcquisitionDate="20200404")
    put_image(root, "Covid1", 4, AcquisitionDate="20200406")
    put_clinical(root, "Covid1", SWABS)
    assert studies(built(root, tmp_path / "out", index="first")) == [3]


@pytest.mark.parametrize(
    ("case", "unit", "sizes"),
    [
        ("image", "", [1, 1, 1, 1, 1, 1]),
        ("image", "image", [1, 1, 1, 1, 1, 1]),
        ("image", "study", [1, 1, 1, 1, 2]),
        ("image", "patient", [1, 5]),
        ("study", "", [1, 1, 1, 1, 1]),
        ("study", "patient", [1, 4]),
    ],
)
def test_each_case_is_of_its_unit(case: str, unit: str, sizes: list[int], warehouse: Path, tmp_path: Path) -> None:
    found = built(warehouse, tmp_path / "out", case=case, unit=unit)
    truth = partition.load_truth(found.folder)
    assert truth.unit is not None
    units = truth.unit.tolist()
    assert sorted(units.count(one) for one in set(units)) == sizes
    assert "unit" not in truth.attributes
    if unit in ("", case):
        assert units == truth.case.tolist()
    if unit == "patient":
        assert units == truth.patient.tolist()
    described = partition.describe(found)
    assert (described["case"], described["unit"], described["units"]) == (case, unit or case, len(sizes))


def test_a_study_of_both_labels_is_no_unit_and_a_patient_of_both_is(tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    put_image(root, "Covid1", 1, AcquisitionDate="20190101")
    put_image(root, "Covid1", 2, study=1, AcquisitionDate="20200404")
    put_image(root, "Covid1", 3, AcquisitionDate="20200406")
    put_clinical(root, "Covid1", SWABS)
    before: dict[str, Any] = {"before_window": "negative", "negative_until": "2019-10-31"}
    by_study = built(root, tmp_path / "study", unit="study", **before)
    assert left_out(by_study) == {"the study's images have both labels": 2}
    by_patient = load_case_table(built(root, tmp_path / "patient", unit="patient", **before).folder)
    assert sorted(by_patient.label.tolist()) == [False, True, True]


@pytest.mark.parametrize(
    ("dates", "cases"),
    [(("AcquisitionDate", "StudyDate"), 1), (("StudyDate", "AcquisitionDate"), 2), (("StudyDate",), 1)],
)
def test_an_images_date_is_the_first_of_the_rules_headers_that_is_there(
    dates: tuple[str, ...], cases: int, tmp_path: Path
) -> None:
    root = tmp_path / "warehouse"
    put_image(root, "Covid1", 1, AcquisitionDate="20300101", StudyDate="20200405")
    put_image(root, "Covid1", 2, AcquisitionDate="20200405", StudyDate=None)
    put_clinical(root, "Covid1", SWABS)
    assert len(built(root, tmp_path / "out", image_dates=dates).cases.case) == cases


@pytest.mark.parametrize(
    ("target", "gone"), [("icu_admission", "icu"), ("intubation", "icu"), ("severity_moderate_or_worse", "severity")]
)
def test_what_says_the_target_in_other_words_is_no_stratum_of_it(target: str, gone: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    put_image(root, "Covid1", 1, AcquisitionDate="20200405")
    happened = {"ITU admission": "1", "Date of ITU admission": "04/06/2020"}
    happened |= {"Intubation": "1", "Date of intubation": "04/06/2020"}
    put_clinical(root, "Covid1", SWABS | happened | {"Date of 1st CXR": "04/05/2020", "CXR severity": "3"})
    found = partition.load_truth(built(root, tmp_path / "out", target=target).folder)
    assert (found.label.tolist(), gone in found.attributes) == ([True], False)
    assert set(found.attributes) & {"icu", "severity"}


def test_a_truth_of_before_there_were_units_has_each_case_for_one() -> None:
    truth = parse_truth(b"case,patient,label,sex\na,p,1,F\nb,p,0,F\n", "here")
    assert truth.unit is not None
    assert truth.unit.tolist() == ["a", "b"]
