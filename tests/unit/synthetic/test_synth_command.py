import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nccid_eval.cli.synth import command
from nccid_eval.errors import ConfigError
from nccid_eval.synthetic import quirk_tables


def test_every_quirk_is_listed_with_its_probability() -> None:
    told = CliRunner().invoke(command, ["--list-quirks"])
    assert told.exit_code == 0
    listed = [line.split()[:2] for line in told.output.splitlines() if line.startswith("  ")]
    assert listed == [[one.name, f"{one.probability:g}"] for rows in quirk_tables().values() for one in rows]


def test_switches_sizes_and_series_reach_the_warehouse(tmp_path: Path) -> None:
    asked = [
        "--patients",
        "3",
        "--workers",
        "1",
        "--size",
        "48",
        "--ct",
        "1",
        "--quirk",
        "none",
        "--quirk",
        "upper_suffix",
    ]
    made = CliRunner().invoke(command, [str(tmp_path / "w"), *asked])
    assert made.exit_code == 0, made.output
    patients = json.loads((tmp_path / "w" / "synthetic-truth.json").read_text())["patients"]
    assert {tuple(one["quirks"]) for one in patients} == {("upper_suffix",)}
    assert all(image["path"].endswith(".DCM") for one in patients for image in one["images"])
    assert all(
        (tmp_path / "w" / image["path"]).stat().st_size < 20_000 for one in patients for image in one["images"]
    )
    assert [len(one["series"]) for one in patients] == [1, 1, 1]


def test_an_unknown_quirk_leaves_nothing_behind(tmp_path: Path) -> None:
    refused = CliRunner().invoke(command, [str(tmp_path / "w"), "--quirk", "no_such_quirk"])
    assert isinstance(refused.exception, ConfigError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [("--size", "8"), ("--size", "4000")])
def test_a_size_without_sense_is_refused(tmp_path: Path, asked: tuple[str, str]) -> None:
    assert CliRunner().invoke(command, [str(tmp_path / "w"), "--patients", "1", *asked]).exit_code != 0
    assert list(tmp_path.iterdir()) == []
