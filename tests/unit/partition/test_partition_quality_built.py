"""The data-quality table of a built partition: what lies in private/, what may leave, what the verb prints."""

from __future__ import annotations

import csv
import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from partition_factory import NEGATIVE, POSITIVE, RULES, ignore_progress, put_clinical, put_image, small_warehouse

from nccid_eval import partition
from nccid_eval.cli.partition import command
from nccid_eval.errors import PartitionError
from nccid_eval.partition.built import manifest
from nccid_eval.partition.clinical import read_cohort
from nccid_eval.partition.quality.gathering import gather
from nccid_eval.partition.warehouse import open_place, survey
from nccid_eval.records import Partition

AMBIGUOUS = "05/04/2020"  # the fourth of May for a US form, the fifth of April for a UK one


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Partition:
    """Five patients with cases, of whom one is male by the record and female by the image; one without an image."""
    root = tmp_path_factory.mktemp("quality")
    warehouse = small_warehouse(root)
    odd = {"Sex": "1", "Age": "ninety", "Death": "0", "Date of death": "04/20/2020"}
    put_image(warehouse, "Covid5", 5)
    put_clinical(warehouse, "Covid5", POSITIVE | odd)
    put_clinical(warehouse, "Covid6", NEGATIVE | {"Sex": "F"}, "status_2020-12-31.json")
    return partition.build(
        warehouse, root / "partition", RULES, strict=False, workers=1, progress=ignore_progress, warn=print
    )


def test_patients_are_counted_by_site_and_label(built: Partition) -> None:
    tables = partition.describe_quality(built, "label")["tables"]
    assert {label: one["patients"] for label, one in tables.items()} == {"diseased": 3, "healthy": 2, "no case": 1}
    assert tables["diseased"]["fields"]["sex"] == {"ok": 1, "missing": 2}
    assert tables["diseased"]["fields"]["age"] == {"missing": 2, "unparseable": 1}
    assert tables["no case"]["fields"]["sex"] == {"recoded": 1}
    assert tables["healthy"]["fields"]["sex"] == {"missing": 2}
    assert list(partition.describe_quality(built, "site")["tables"]) == ["Trust A", "Trust B"]


def test_provenance_conflicts_and_contradictions_are_counted(built: Partition) -> None:
    sick = partition.describe_quality(built, "label")["tables"]["diseased"]
    assert sick["checks"]["sex_source"] == {"clinical": 1, "image": 2}
    assert sick["checks"]["age_source"] == {"image": 3}
    assert sick["checks"]["sex_conflict"] == {"unknown": 2, "yes": 1}
    assert sick["checks"]["contradictions"] == {"none": 2, "some": 1}
    assert sum(sick["contradictions"].values()) >= 1


def test_every_written_cell_is_kept_beside_its_reading_and_no_pseudonym(built: Partition) -> None:
    content = (built.folder / manifest.CELLS).read_text()
    assert "covid" not in content.replace("covid_", "").casefold()
    rows = list(csv.DictReader(content.splitlines()))
    assert {"field": "age", "raw": "ninety", "value": "", "reason": "unparseable"}.items() <= next(
        row for row in rows if row["raw"] == "ninety"
    ).items()
    patients = {row["patient"] for row in csv.DictReader((built.folder / manifest.TRUTH).read_text().splitlines())}
    assert patients < {row["patient"] for row in rows}


def test_both_files_are_the_evaluators_alone_and_part_of_the_partition(built: Partition) -> None:
    listed = json.loads((built.folder / manifest.NAME).read_text())["files"]
    for name in (manifest.QUALITY, manifest.CELLS):
        assert name in listed
        assert (built.folder / name).stat().st_mode & 0o777 == 0o600


def test_few_patients_have_no_band_where_the_gate_is_on(built: Partition) -> None:
    gated, shown = partition.quality_of(built, 10), partition.quality_of(built, 0)
    assert gated is not None
    assert (gated.groups, gated.sites) == ((), {})
    assert shown is not None
    assert [one.label for one in shown.groups] == ["diseased", "healthy"]


def test_a_partition_of_before_has_no_table(built: Partition, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    files = json.loads((built.folder / manifest.NAME).read_text())["files"]
    kept = {name: sha256 for name, sha256 in files.items() if name not in (manifest.QUALITY, manifest.CELLS)}
    manifest.write(
        old, rules=RULES, cases=built.cases, flow=(), files=kept, kept={}, warehouse="w", versions={"nccid_eval": "0"}
    )
    loaded = partition.load(old)
    assert partition.quality_of(loaded, 10) is None
    with pytest.raises(PartitionError, match="no data-quality table"):
        partition.describe_quality(loaded, "")


@pytest.mark.parametrize(
    ("images", "settled"),
    [([], "convention"), ([date(2020, 4, 6)], "images"), ([date(2020, 5, 3)], "images")],
)
def test_an_ambiguous_date_is_told_by_what_settled_it(tmp_path: Path, images: list[date], settled: str) -> None:
    warehouse = small_warehouse(tmp_path)
    put_clinical(warehouse, "Covid1", POSITIVE | {"Date of Positive Covid Swab": AMBIGUOUS})
    layout = survey(open_place(str(warehouse)), RULES.modalities)
    cohort = read_cohort(layout.clinical, lambda _done, _total: None)
    narrow = dataclasses.replace(RULES, positive_days_before=3, positive_days_after=3, negative_days=3)
    found = {one.patient: one for one in gather(cohort, {}, {"covid1": images}, narrow)}
    assert found["covid1"].checks["ambiguous_dates"] == settled
    assert found["covid2"].checks["ambiguous_dates"] == "none"


def test_the_verb_prints_fields_down_and_reasons_across(built: Partition) -> None:
    def printed(*options: str) -> str:
        done = CliRunner().invoke(command, ["show", str(built.folder), *options])
        assert done.exit_code == 0, done.output
        return done.output

    lines = printed("--quality").splitlines()
    assert lines[0] == "all patients with a clinical record (6 patients)"
    assert lines[1].split() == ["field", "ok", "missing", "recoded", "ambiguous", "out", "of", "range", "unparseable"]
    assert next(line.split() for line in lines if line.startswith("  sex ")) == ["sex", "1", "4", "1", ".", ".", "."]
    assert "label: healthy (2 patients)" in printed("--quality", "--by", "label")
    assert json.loads(printed("--quality", "--by", "site", "--json")) == partition.describe_quality(built, "site")


def test_by_needs_quality(built: Partition) -> None:
    done = CliRunner().invoke(command, ["show", str(built.folder), "--by", "site"])
    assert done.exit_code == 2
    assert "--by goes with --quality" in done.output
