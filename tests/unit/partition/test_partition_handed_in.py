"""A leakage audit that is handed in with a partition: refused where it is of other images, and what of it leaves."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from partition_factory import NEGATIVE, POSITIVE, RULES, ignore_progress, put_clinical, put_image

from nccid_eval import partition
from nccid_eval.cli.leakage import command
from nccid_eval.errors import PartitionError
from nccid_eval.partition.leakage import leakage_of
from nccid_eval.partition.leakage.handed_in import at_least
from nccid_eval.pipeline.choosing import Wanted, choose
from nccid_eval.records import Indications, Partition


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a training part, its partition in `out`, and the findings of its audit."""
    root = tmp_path_factory.mktemp("handed-in")
    elsewhere = root / "drawn"
    put_image(elsewhere, "Covid90", 90)
    (root / "warehouse").mkdir()
    (elsewhere / "validation").rename(root / "warehouse" / "training")
    for number in (1, 2):
        put_image(root / "warehouse", f"Covid{number}", number)
        put_clinical(root / "warehouse", f"Covid{number}", (POSITIVE, NEGATIVE)[number - 1])
    partition.build(
        root / "warehouse",
        root / "out",
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
    )
    audit(root / "warehouse", root / "leakage.json")
    return root


def audit(warehouse: Path, out: Path) -> None:
    assert CliRunner().invoke(command, [str(warehouse), "--workers", "1", "--out", str(out)]).exit_code == 3


@pytest.fixture
def built(root: Path) -> Partition:
    return partition.load(root / "out")


def test_of_an_audit_of_its_images_leave_statuses_and_steps_alone(root: Path, built: Partition) -> None:
    told = leakage_of(built, root / "leakage.json")
    assert told.status == "not assessable"  # there is no config.json
    assert {one.name: one.status for one in told.checks}["pixel values"] == "clean"
    assert {(one.training, one.validation) for one in told.checks if one.name != "split rule"} == {(1, 2)}
    assert told.training == "warehouse"
    assert "Covid" not in json.dumps(asdict(told))


def test_a_leak_is_told_without_its_patient_and_notes_without_their_numbers(
    root: Path, built: Partition, tmp_path: Path
) -> None:
    table = json.loads((root / "leakage.json").read_text())
    leak = {"what": "COVID1", "training": ["xray/Covid1/a.dcm"], "validation": ["xray/Covid1/b.dcm"]}
    table["checks"][0] |= {"status": "leak", "leaks": [leak], "note": "not read: 1,234 in training/"}
    table["checks"][0] |= {"training": 1999, "validation": 999}
    (tmp_path / "found.json").write_text(json.dumps(table))
    told = leakage_of(built, tmp_path / "found.json")
    assert told.status == "leak"
    assert asdict(told.checks[0]) == {
        "name": "pseudonyms", "status": "leak", "training": 1000, "validation": 500,
        "note": "not read: some in training/",
    }  # fmt: skip
    assert "COVID1" not in json.dumps(asdict(told))


def test_an_audit_that_lacks_an_image_of_the_partition_is_refused(
    root: Path, built: Partition, tmp_path: Path
) -> None:
    put_image(tmp_path / "other", "Covid1", 1)  # the same image of the same patient …
    put_image(tmp_path / "other", "Covid2", 3)  # … and another one
    audit(tmp_path / "other", tmp_path / "found.json")
    with pytest.raises(PartitionError, match="did not compare 1 of the partition's images"):
        leakage_of(built, tmp_path / "found.json")
    table = json.loads((root / "leakage.json").read_text())
    del table["validation_images"]  # as an earlier version wrote it
    (tmp_path / "found.json").write_text(json.dumps(table))
    with pytest.raises(PartitionError, match="did not compare 2"):
        leakage_of(built, tmp_path / "found.json")


def test_an_audit_of_more_than_the_partition_holds_is_taken(root: Path, built: Partition, tmp_path: Path) -> None:
    table = json.loads((root / "leakage.json").read_text())
    table["validation_images"].append("f" * 64)
    (tmp_path / "found.json").write_text(json.dumps(table))
    assert leakage_of(built, tmp_path / "found.json") == leakage_of(built, root / "leakage.json")


def test_the_process_that_chooses_the_cases_reads_it(root: Path, built: Partition) -> None:
    everyone = Indications(
        target="covid_positive", modalities=("DX", "CR"), views=("AP", "PA"), min_age_years=0, uses_demographics=False
    )
    wanted = Wanted(partition=built, indications=everyone, minimum_patients=0, findings=root / "leakage.json")
    assert choose(wanted).leakage == leakage_of(built, root / "leakage.json")
    assert choose(replace(wanted, findings=None)).leakage is None


@pytest.mark.parametrize("content", ["{", "[]", '{"checks": 1}'])
def test_what_is_no_audit_is_refused(built: Partition, tmp_path: Path, content: str) -> None:
    (tmp_path / "found.json").write_text(content)
    with pytest.raises(PartitionError):
        leakage_of(built, tmp_path / "found.json")
    with pytest.raises(PartitionError, match="cannot be read"):
        leakage_of(built, tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("exact", "told"), [(0, 0), (1, 1), (4, 2), (5, 5), (9, 5), (10, 10), (4999, 2000), (5000, 5000)]
)
def test_a_count_is_told_as_the_step_below_it(exact: int, told: int) -> None:
    assert at_least(exact) == told
