"""A partition's rules: each value known, and no combination that makes no sense."""

import re
from pathlib import Path

import pytest

from nccid_eval.config import load_partition_rules
from nccid_eval.errors import ConfigError
from nccid_eval.records import PartitionRules

TOML = Path(__file__).parents[2] / "configs" / "partition.toml"
CT = {"case": '"series"', "modalities": '["CT"]'}


def loaded(tmp_path: Path, **changes: str) -> PartitionRules:
    text = TOML.read_text()
    for name, value in changes.items():
        text, found = re.subn(rf"(?m)^{name} = [^#\n]*", f"{name} = {value} ", text)
        assert found == 1, name
    path = tmp_path / "partition.toml"
    path.write_text(text)
    return load_partition_rules(path)


def test_the_shipped_rules_name_every_rule_with_its_default() -> None:
    rules = load_partition_rules(TOML)
    named = set(re.findall(r"(?m)^(\w+) = ", TOML.read_text()))
    assert named == set(PartitionRules.__dataclass_fields__)
    assert rules == PartitionRules(
        target="covid_positive",
        case="image",
        modalities=("DX", "CR"),
        positive_days_before=14,
        positive_days_after=28,
        negative_days=28,
    )
    assert all("#" in line for line in TOML.read_text().splitlines() if " = " in line)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": '"death"', "unit": '"patient"', "index": '"nearest"', "aggregation": '"mean"'},
        {"case": '"study"', "unit": '"study"'},
        CT,
        CT | {"unit": '"study"'},
        {"case": '"series"', "modalities": '["MR"]', "unit": '"patient"'},
        {"swabs": '["final_status"]', "image_dates": '["StudyDate"]'},
        {"before_window": '"negative"', "negative_until": '"2019-10-31"'},
        {"blank": '"pixels"', "demographics": "true"},
        {"keep_transfer_syntax": "true", "horizon_days": "0"},
    ],
)
def test_sound_rules_load(changes: dict[str, str], tmp_path: Path) -> None:
    loaded(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"target": '"covid"'}, "target"),
        ({"case": '"patient"'}, "case"),
        ({"unit": '"hospital"'}, "unit"),
        ({"index": '"second"'}, "index"),
        ({"aggregation": '"median"'}, "aggregation"),
        ({"blank": '"both"'}, "blank"),
        ({"before_window": '"positive"'}, "before_window"),
        ({"swabs": "[]"}, "swabs"),
        ({"swabs": '["rt_pcr", "rt_pcr"]'}, "swabs"),
        ({"swabs": '["pcr"]'}, "swabs"),
        ({"image_dates": '["ContentDate"]'}, "image_dates"),
        ({"positive_days_before": "-1"}, "positive_days_before"),
        ({"horizon_days": "-1"}, "horizon_days"),
        ({"horizon_days": "36500"}, "horizon_days"),
        ({"modalities": "[]"}, "modalities"),
        ({"modalities": '["DX", "CT"]'}, "modalities"),
        ({"modalities": '["CT", "MR"]', "case": '"series"'}, "modalities"),
        ({"modalities": '["CT"]'}, "case"),
        ({"case": '"series"'}, "case"),
        ({"unit": '"series"'}, "unit"),
        ({"case": '"study"', "unit": '"image"'}, "unit"),
        (CT | {"unit": '"image"'}, "unit"),
        ({"before_window": '"negative"'}, "negative_until"),
        ({"before_window": '"negative"', "negative_until": '"31/10/2019"'}, "negative_until"),
        ({"before_window": '"negative"', "negative_until": '"2020-03-01"'}, "negative_until"),
        ({"negative_until": '"2019-10-31"'}, "negative_until"),
        ({"target": '"death"', "before_window": '"negative"', "negative_until": '"2019-10-31"'}, "before_window"),
        ({"blank": '"pixels"', "keep_transfer_syntax": "true"}, "blank"),
        ({"blank": '"headers"', "demographics": "true"}, "demographics"),
    ],
)
def test_rules_that_are_unknown_or_make_no_sense_are_refused_by_name(
    changes: dict[str, str], key: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"'{key}' is out of range") as caught:
        loaded(tmp_path, **changes)
    assert caught.value.mend
