"""All patients' files together: which count, what is warned of, how a site is spelled."""

import os
from pathlib import Path
from typing import Any

import pytest
from partition_factory import at, put_clinical

from nccid_eval.partition.clinical import Cohort, read_cohort

LATE, EARLY = "data_2020-12-31.json", "data_2020-06-30.json"


def cohort(root: Path, *files: tuple[str, str, dict[str, Any] | bytes]) -> Cohort:
    paths = []
    for patient, name, content in files:
        path = put_clinical(root, patient, content if isinstance(content, dict) else {}, name)
        if isinstance(content, bytes):
            path.write_bytes(content)
        paths.append((patient, at(path)))
    return read_cohort(paths, lambda done, total: None)


def test_each_patient_has_the_record_of_the_latest_data_file(tmp_path: Path) -> None:
    found = cohort(
        tmp_path,
        ("Covid1", "status_2021-02-01.json", {"Sex": "0"}),
        ("Covid1", LATE, {"Sex": "1"}),
        ("Covid1", EARLY, {"Sex": "0"}),
        ("Covid2", "status_2021-02-01.json", {"SwabStatus": 0}),
    )
    assert {patient: record.sex for patient, record in found.records.items()} == {"covid1": "M", "covid2": ""}
    assert len(found.sources) == 4
    assert found.problems == ()


def test_what_cannot_be_read_or_understood_is_named_and_costs_itself_alone(tmp_path: Path) -> None:
    found = cohort(
        tmp_path,
        ("Covid1", LATE, b""),
        ("Covid1", EARLY, {"Sex": "1"}),
        ("Covid2", LATE, b"["),
        ("Covid3", "x.json", {}),
    )
    assert list(found.records) == ["covid1"]
    assert [name for _, name in found.problems] == [f"Covid1/{LATE}", f"Covid2/{LATE}", "Covid3/x.json"]


def test_no_status_file_counts_beside_a_data_file_that_is_lost(tmp_path: Path) -> None:
    status = {"SwabStatus": 0, "SwabDate": "31/03/2020"}
    patients = ("Covid1", "Covid2", "Covid3", "Covid4")
    paths = [(one, put_clinical(tmp_path, one, status, "status_2021-02-01.json")) for one in patients]
    paths += [(one, put_clinical(tmp_path, one, {}, LATE)) for one in patients[1:]]
    (_, cut), (_, vast), (_, foreign) = paths[4:]
    cut.write_bytes(b"{")
    os.truncate(vast, 3 << 30)
    foreign.write_text('{"Pseudonym": "Covid9"}')
    found = read_cohort([(one, at(path)) for one, path in paths], lambda done, total: None)
    assert sorted(found.records) == ["covid1", "covid4"]


@pytest.mark.parametrize(("second", "moved"), [("Trust B", True), (" trust  a", False), ("", False)])
def test_a_patient_whose_files_name_two_centres_is_told_of(tmp_path: Path, second: str, moved: bool) -> None:
    found = cohort(
        tmp_path,
        ("Covid1", EARLY, {"SubmittingCentre": "Trust A"}),
        ("Covid1", LATE, {"SubmittingCentre": second}),
        ("Covid1", "data_2020-07-01.json", b"{"),
    )
    told = [who for reason, who in found.problems if "several submitting centres" in reason]
    assert told == (["covid1"] if moved else [])


def test_a_site_goes_by_its_commonest_spelling(tmp_path: Path) -> None:
    names = ["TRUST A", "Trust A", "Trust A", "", "Trust B"]
    files = [(f"Covid{at}", LATE, {"SubmittingCentre": name}) for at, name in enumerate(names)]
    assert cohort(tmp_path, *files).site_names == {"trust a": "Trust A", "trust b": "Trust B"}
