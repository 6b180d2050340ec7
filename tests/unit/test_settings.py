"""Strict TOML: what is unknown, missing or of another type is refused with a cure."""

from pathlib import Path

import pytest

from nccid_eval.config import load_limits, load_partition_rules, load_plan, plan_digest
from nccid_eval.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (CONFIGS / name).read_text()
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new))
    return path


def test_shipped_configurations_load() -> None:
    assert load_plan(CONFIGS / "plan.toml").criteria
    assert load_limits(CONFIGS / "limits.toml").max_batch == 16
    assert load_partition_rules(CONFIGS / "partition.toml").case == "image"


def test_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'replicates'") as caught:
        load_plan(changed(tmp_path, "plan.toml", "replicates =", "replicate ="))
    assert caught.value.where.endswith("plan.toml")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("plan.toml", "level = 0.95", "level = 95", "'level' is out of range"),
        ("plan.toml", "level = 0.95", 'level = "high"', "is not a number"),
        ("plan.toml", "level = 0.95", "", "'level' is missing"),
        ("plan.toml", 'metric = "auc"', 'metric = "acu"', "metric"),
        ("plan.toml", "replicates = 2000", "replicates = ", "is not TOML"),
        ("plan.toml", "prevalences = [", "prevalences = [true, ", "is not a number"),
    ],
)
def test_bad_plans_are_refused(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load_plan(changed(tmp_path, name, old, new))
    assert caught.value.mend


def test_missing_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml is not there"):
        load_plan(tmp_path / "none.toml")


def test_limits_and_rules_have_ranges(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="case_s"):
        load_limits(changed(tmp_path, "limits.toml", "case_s = 30.0", "case_s = 0"))
    with pytest.raises(ConfigError, match="batch_output_files"):
        load_limits(changed(tmp_path, "limits.toml", "batch_output_files = 64", "batch_output_files = 0"))
    with pytest.raises(ConfigError, match="case"):
        load_partition_rules(changed(tmp_path, "partition.toml", '"image"', '"imag"'))


def test_plan_digest_is_of_content_not_of_layout() -> None:
    assert plan_digest({"a": 1, "b": [0.5]}) == plan_digest({"b": [0.5], "a": 1})
    assert plan_digest({"a": 1}) != plan_digest({"a": 2})
