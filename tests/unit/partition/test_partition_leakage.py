"""Each way in which an image or patient can be in both parts, each alone, and what must not raise an alarm."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from partition_factory import NEGATIVE, ROOT, ignore_progress, pixels, put_clinical, put_image

from nccid_eval.cli.leakage import command
from nccid_eval.errors import WarehouseError
from nccid_eval.partition.leakage import Check, Findings, Status, audit
from nccid_eval.partition.leakage.perceptual import BITS, NEAR, near_pairs, perceptual_hash
from nccid_eval.partition.warehouse.split_rule import SplitRule, residue

CONFIG = {
    "training_percentage": 50,
    "sites": {"split": ["Trust B"], "training": ["Trust T"], "validation": ["Trust V"]},
}
T, V = "Covid1", "Covid14"  # by the rule, in training and in validation
HEADERS = ("study instance UIDs", "SOP instance UIDs")


def picture(seed: int) -> np.ndarray[Any, Any]:
    """Smooth, as bodies are: noise alone has no look that survives a new encoding."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).normal(size=(96, 80)), 4)
    return ((field - field.min()) / (field.max() - field.min()) * 4000).astype("<u2")


def image(warehouse: Path, part: str, patient: str, number: int, seed: int | None = None, **header: Any) -> None:
    """An image in a part; `seed` draws its picture, its number unless given."""
    shown = header.pop("shown", picture(number if seed is None else seed))
    sized = {"Rows": shown.shape[0], "Columns": shown.shape[1], "PixelData": shown.tobytes()}
    path = put_image(warehouse.parent / "drawn", patient, number, **(sized | header))
    target = warehouse / part / path.relative_to(warehouse.parent / "drawn" / "validation")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)


def record(warehouse: Path, part: str, patient: str, **cells: Any) -> None:
    path = put_clinical(warehouse.parent / "drawn", patient, NEGATIVE | cells, "status_2020-12-31.json")
    target = warehouse / part / "data" / patient / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A patient in each part, nothing shared."""
    root = tmp_path / "warehouse"
    for part, patient, number in (("training", T, 1), ("validation", V, 2)):
        image(root, part, patient, number)
        record(root, part, patient)
    (root / "config.json").write_text(json.dumps(CONFIG))
    return root


def audited(warehouse: Path, **given: Any) -> Findings:
    return audit(warehouse, **({"pixels": True, "workers": 1, "progress": ignore_progress} | given))


def check(found: Findings, name: str) -> Check:
    return next(one for one in found.checks if one.name == name)


def leaking(found: Findings) -> set[str]:
    return {one.name for one in found.checks if one.status in (Status.LEAK, Status.LOOK)}


def test_parts_that_share_nothing_are_clean(warehouse: Path) -> None:
    found = audited(warehouse)
    assert found.status is Status.CLEAN
    assert {(one.training, one.validation) for one in found.checks} == {(1, 1)}


@pytest.mark.parametrize("spelled", [" COVID1 ", "covid1"])
def test_a_patient_in_both_parts_is_found_however_spelled(warehouse: Path, spelled: str) -> None:
    image(warehouse, "validation", spelled, 5)
    leak = check(audited(warehouse), "pseudonyms").leaks[0]
    assert leak.what == "COVID1"
    assert len(leak.training) == 2  # the image and the clinical file
    assert leaking(audited(warehouse)) == {"pseudonyms"}


def test_a_patient_named_by_the_header_or_the_clinical_file_alone_counts(warehouse: Path) -> None:
    image(warehouse, "validation", "Covid20", 6, PatientID=T)
    found = check(audited(warehouse), "pseudonyms").leaks
    assert [one.validation[0].split("/")[1] for one in found] == ["Covid20"]
    record(warehouse, "validation", "Covid149", Pseudonym=T)
    assert len(check(audited(warehouse), "pseudonyms").leaks[0].validation) == 2


def test_the_same_study_and_instance_under_another_patient(warehouse: Path) -> None:
    image(warehouse, "validation", "Covid149", 7, StudyInstanceUID=f"{ROOT}1.1", SOPInstanceUID=f"{ROOT}1.3")
    assert leaking(audited(warehouse)) == set(HEADERS)


def test_a_study_is_known_by_its_folder_where_the_file_cannot_be_read(warehouse: Path) -> None:
    image(warehouse, "validation", "Covid149", 7, study=1)
    (broken,) = (warehouse / "validation/xray/Covid149").rglob("*.dcm")
    broken.write_bytes(b"no DICOM")
    found = audited(warehouse)
    assert leaking(found) == {"study instance UIDs"}
    assert "not read: 1 in validation/" in check(found, "pixel values").note


def test_the_same_pixels_under_other_names_and_another_width(warehouse: Path) -> None:
    narrow = (picture(1) // 16).astype("u1")
    image(warehouse, "training", "Covid20", 8, shown=narrow.astype("<u2"))
    image(warehouse, "validation", "Covid149", 9, shown=narrow, BitsAllocated=8, BitsStored=8, HighBit=7)
    found = audited(warehouse)
    assert "pixel values" in leaking(found)
    assert check(found, "pixel values").leaks[0].validation[0].startswith("xray/Covid149/")


def test_an_image_of_one_value_is_no_copy_of_another_such(warehouse: Path) -> None:
    for part, patient, number in (("training", "Covid20", 8), ("validation", "Covid149", 9)):
        image(warehouse, part, patient, number, shown=np.full((40, 36), 7, "<u2"))
    assert audited(warehouse).status is Status.CLEAN


def test_a_copy_that_was_encoded_anew_is_listed_to_be_looked_at(warehouse: Path) -> None:
    rough = np.round(picture(1) / 4000 * 200)[::2, ::2].astype("<u2")
    inverted = (4000 - picture(1).astype("<i4") + np.random.default_rng(0).integers(0, 40, (96, 80))).astype("<u2")
    image(warehouse, "validation", "Covid149", 10, shown=rough)
    image(warehouse, "validation", "Covid149", 11, shown=inverted)
    found = audited(warehouse)
    assert found.status is Status.LOOK
    assert leaking(found) == {"near-duplicates"}
    leaks = check(found, "near-duplicates").leaks
    assert len(leaks) == 2
    assert all(one.distance is not None and one.distance <= NEAR for one in leaks)


def test_nothing_to_compare_with_is_never_a_pass(warehouse: Path) -> None:
    shutil.rmtree(warehouse / "training")
    found = audited(warehouse)
    assert found.status is Status.NOT_ASSESSABLE
    open_ones = {one.name for one in found.checks if one.status is Status.NOT_ASSESSABLE}
    assert open_ones == {"pseudonyms", *HEADERS, "pixel values", "near-duplicates"}
    assert "training/" in check(found, "pseudonyms").note


def test_without_pixels_what_needs_them_is_not_assessable(warehouse: Path) -> None:
    found = audited(warehouse, pixels=False)
    assert {one.name for one in found.checks if one.status is Status.CLEAN} == {"pseudonyms", *HEADERS, "split rule"}
    assert found.status is Status.NOT_ASSESSABLE


def test_the_training_part_may_lie_elsewhere(warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (warehouse / "training").rename(tmp_path / "other" / "training")
    assert audited(warehouse).status is Status.NOT_ASSESSABLE
    assert audited(warehouse, training=tmp_path / "other").status is Status.CLEAN


def test_no_validation_part_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="validation"):
        audited(tmp_path)


# ── the split rule ──────────────────────────────────────────────────────────────────────────────────────────────


def test_residues_are_those_of_the_documented_vectors() -> None:
    assert [residue(one) for one in ("Covid1", " covid14", "Covid20", "COVID149 ")] == [48, 85, 26, 63]


@pytest.mark.parametrize(
    ("pseudonym", "site", "group", "part"),
    [
        ("Covid1", "Trust B", "", "training"),
        ("Covid14", "trust  b", "", "validation"),
        ("Covid14", "Trust T", "", "training"),
        ("Covid1", "Trust V", "", "validation"),
        ("Covid1", "Trust V", "training", "training"),
        ("Covid1", "elsewhere", "", ""),
    ],
)
def test_the_part_of_a_patient(pseudonym: str, site: str, group: str, part: str) -> None:
    rule = SplitRule(roles={"trust b": "split", "trust t": "training", "trust v": "validation"}, percentage=50)
    assert rule.part_of(pseudonym, site, group) == part


def test_patients_on_the_wrong_side_are_named(warehouse: Path) -> None:
    record(warehouse, "training", "Covid149")
    record(warehouse, "validation", "Covid20")
    record(warehouse, "validation", "Covid999", SubmittingCentre="Trust T")
    found = check(audited(warehouse), "split rule")
    assert found.status is Status.LEAK
    assert [one.what.split(":")[0] for one in found.leaks] == ["Covid149", "Covid20", "Covid999"]


def test_a_patients_group_in_the_file_overrides_the_rule(warehouse: Path) -> None:
    record(warehouse, "validation", "Covid20", PatientGroup="Validation")
    assert check(audited(warehouse), "split rule").status is Status.CLEAN


@pytest.mark.parametrize("content", ["", "[]", '{"sites": 1}', "{"])
def test_without_a_usable_config_the_rule_is_not_assessable(warehouse: Path, content: str) -> None:
    (warehouse / "config.json").write_text(content)
    assert check(audited(warehouse), "split rule").status is Status.NOT_ASSESSABLE


def test_a_site_in_no_list_leaves_the_rule_open(warehouse: Path) -> None:
    record(warehouse, "validation", "Covid20", SubmittingCentre="Nowhere")
    found = check(audited(warehouse), "split rule")
    assert (found.status, "1 patient" in found.note) == (Status.NOT_ASSESSABLE, True)


# ── perceptual hashes ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_hash_has_its_length_and_none_without_contrast() -> None:
    assert len(perceptual_hash(picture(3))) == BITS // 8
    assert perceptual_hash(np.full((30, 30), 5)) == b""
    assert len(perceptual_hash(pixels(shape=(5, 3)))) == BITS // 8


def test_near_pairs_are_those_of_a_plain_count_over_all_pairs() -> None:
    rng = np.random.default_rng(0)
    left = [rng.bytes(BITS // 8) for _ in range(40)]
    right = [bytes([one[0] ^ 0b101, *one[1:]]) for one in left[:10]] + [bytes(255 - b for b in left[11])]
    right += [rng.bytes(BITS // 8) for _ in range(30)]

    def apart(one: bytes, other: bytes) -> int:
        bits = (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
        return min(bits, BITS - bits)

    wanted = {(i, j, apart(a, b)) for i, a in enumerate(left) for j, b in enumerate(right) if apart(a, b) <= NEAR}
    assert set(near_pairs(left, right)) == wanted
    assert len(wanted) == 11
    assert list(near_pairs([], right)) == []


# ── as a user sees it ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_names_leaks_tells_by_its_status_and_writes_for_its_owner_alone(
    warehouse: Path, tmp_path: Path
) -> None:
    run = CliRunner()
    clean = run.invoke(command, [str(warehouse)])
    assert clean.exit_code == 0
    assert clean.stdout.endswith("warehouse: clean\n")
    image(warehouse, "validation", T, 12)
    out = tmp_path / "found.json"
    leak = run.invoke(command, [str(warehouse), "--no-pixels", "--out", str(out)])
    assert leak.exit_code == 1
    assert "COVID1: training/" in leak.stdout
    assert json.loads(out.read_text())["status"] == "leak"
    assert out.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(warehouse / "training")
    assert run.invoke(command, [str(warehouse), "--json"]).exit_code == 3


def test_the_audit_is_the_same_with_any_number_of_workers(warehouse: Path) -> None:
    image(warehouse, "validation", "Covid149", 10, seed=1)
    found = [hashlib.sha256(repr(audited(warehouse, workers=n)).encode()).hexdigest() for n in (1, 2)]
    assert found[0] == found[1]
