from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS

from nccid_eval.errors import SubmissionError
from nccid_eval.submission import load

TEXT = """
[model]
vendor = "Example Imaging Ltd"
name = "ChestNet"
version = "1.2.0"

[indications]
target = "covid_positive"
modalities = ["DX", "CR"]
views = ["AP", "PA"]
min_age_years = 18
uses_demographics = false

[output]
threshold = 0.42
probability = true

[container]
image = "chestnet.tar"
protocol = "nccid-stdio/1"
gpu = "none"
memory_gib = 1
shm_mib = 64
tmp_mib = 64
jit = false

[training_data]
nccid_training_partition = true
other_sources = ["CheXpert"]
"""


def write(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in TEXT
    (folder / "submission.toml").write_text(TEXT.replace(old, new) if old else TEXT)
    return folder


def test_a_sound_submission_is_read_whole(tmp_path: Path) -> None:
    read = load(write(tmp_path), LIMITS)
    assert (read.vendor, read.name, read.version) == ("Example Imaging Ltd", "ChestNet", "1.2.0")
    assert (read.threshold, read.probability) == (0.42, True)
    assert read.indications.min_age_years == 18.0
    assert read.container.memory_gib == 1.0
    assert read.other_sources == ("CheXpert",)


def test_a_model_may_declare_that_it_uses_age_and_sex(tmp_path: Path) -> None:
    declared = write(tmp_path, "uses_demographics = false", "uses_demographics = true")
    assert load(declared, LIMITS).indications.uses_demographics


@pytest.mark.parametrize("protocol", ["nccid-stdio/1", "nccid-batch/1"])
def test_both_protocols_are_spoken(tmp_path: Path, protocol: str) -> None:
    assert load(write(tmp_path, '"nccid-stdio/1"', f'"{protocol}"'), LIMITS).container.protocol == protocol


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('vendor = "Example Imaging Ltd"', 'vendor = " "', "model.vendor"),
        ('name = "ChestNet"', 'name = "a\\u001bb"', "model.name"),
        ('name = "ChestNet"', f'name = "{"x" * 501}"', "model.name"),
        ('"covid_positive"', '"covid"', "indications.target"),
        ('["DX", "CR"]', "[]", "indications.modalities"),
        ('["DX", "CR"]', '["XR"]', "indications.modalities"),
        ('["AP", "PA"]', '["LATERAL"]', "indications.views"),
        ("min_age_years = 18", "min_age_years = -1", "indications.min_age_years"),
        ("min_age_years = 18", "min_age_years = 121", "indications.min_age_years"),
        ("threshold = 0.42", "threshold = 1.01", "output.threshold"),
        ("threshold = 0.42", "threshold = -0.01", "output.threshold"),
        ("threshold = 0.42", "threshold = nan", "output.threshold"),
        ("threshold = 0.42", "threshold = inf", "output.threshold"),
        ('"nccid-stdio/1"', '"nccid-batch/2"', "container.protocol"),
        ('gpu = "none"', 'gpu = "maybe"', "container.gpu"),
        ("memory_gib = 1", "memory_gib = 1.01", "container.memory_gib"),
        ("memory_gib = 1", "memory_gib = 0.001", "container.memory_gib"),
        ("memory_gib = 1", "memory_gib = nan", "container.memory_gib"),
        ("shm_mib = 64", "shm_mib = 65", "container.shm_mib"),
        ("shm_mib = 64", "shm_mib = 0", "container.shm_mib"),
        ("tmp_mib = 64", "tmp_mib = -1", "container.tmp_mib"),
    ],
)
def test_each_value_out_of_range_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(SubmissionError) as refused:
        load(write(tmp_path, old, new), LIMITS)
    assert key in refused.value.where


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("jit = false", "jit = false\nprivileged = true", "privileged"),
        ("[model]", "[modle]", "modle"),
        ("probability = true", "", "probability"),
        ("jit = false", "jit = 0", "true or false"),
        ("shm_mib = 64", "shm_mib = 64.5", "whole number"),
        ("threshold = 0.42", 'threshold = "0.42"', "a number"),
        ("[output]", "[output", "not TOML"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(SubmissionError, match=says):
        load(write(tmp_path, old, new), LIMITS)


def test_the_sites_limits_decide(tmp_path: Path) -> None:
    generous = dataclasses.replace(LIMITS, memory_gib=64.0)
    assert load(write(tmp_path, "memory_gib = 1", "memory_gib = 48"), generous).container.memory_gib == 48.0


def test_a_folder_or_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="no submission here"):
        load(tmp_path / "absent", LIMITS)
    with pytest.raises(SubmissionError, match="not there"):
        load(tmp_path, LIMITS)
