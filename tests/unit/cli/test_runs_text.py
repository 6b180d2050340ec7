"""Where runs stand, as text and as JSON, and the verb that prints it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.listing.reports_folder import begin, finish, named

from nccid_eval.cli.runs import command
from nccid_eval.cli.standing_text import as_table, cut, listed
from nccid_eval.listing import Standing, State
from nccid_eval.records.stages import Stage

ASKING = Standing(
    folder=Path("reports/20260301-090000-chestnet-1-0-ab12"), run_id="20260301-090000-chestnet-1-0-ab12",
    model="Chestnet", version="1.0", vendor="Example", state=State.ASKING, stage=Stage.CASES, held=True, done=60,
    total=120, failed=3, spent_s=30.0,
)  # fmt: skip
FINISHED = Standing(
    folder=Path("reports/done"), run_id="done", model="\x1b[2J\u202eNet" * 30, state=State.FINISHED, done=9, total=9,
    verdict="not met",
)  # fmt: skip
DAMAGED = Standing(
    folder=Path("reports/bad"), run_id="bad", state=State.UNREADABLE, trouble="assessment.json is missing"
)


def test_columns_where_they_fit() -> None:
    head, asking, finished, damaged = listed([ASKING, FINISHED, DAMAGED], None).splitlines()
    assert head.split() == ["RUN", "MODEL", "STATE", "DONE", "RATE", "LEFT", "FAILED", "VERDICT"]
    assert asking.split("  ")[0] == "20260301-090000-chestnet-1-0-ab12"
    for word in ("Chestnet 1.0", "asking the cases", "60 of 120", "2.0/s", "30 s", "3"):
        assert f"  {word}" in asking
    assert finished.endswith("withheld  not met")
    assert "cannot be read: assessment.json is missing" in damaged
    assert head.index("DONE") == asking.index("60 of 120")


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_block_a_run_where_a_terminal_is_narrow(columns: int) -> None:
    lines = listed([ASKING, DAMAGED], columns).splitlines()
    assert lines[0] == "20260301-090000-chestnet-1-0-ab12"
    assert all(len(line) <= columns for line in lines if line.startswith(" "))
    told = " ".join(line.strip() for line in lines[1 : lines.index("bad")])
    assert told == "Chestnet 1.0 · asking the cases · 60 of 120 · 50% · 30 s left · 3 failed · 2.0/s"


def test_a_vendor_s_string_moves_no_cursor() -> None:
    text = listed([FINISHED], None)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()[1]) < 140


def test_an_interrupted_run_says_where() -> None:
    interrupted = Standing(
        folder=Path("x"), run_id="x", state=State.INTERRUPTED, stage=Stage.AGAIN, done=0, total=5, failed=0
    )
    assert "interrupted: order check" in listed([interrupted], None)


def test_json_has_every_field_and_what_follows_from_them() -> None:
    table = as_table(ASKING)
    assert table["rate_per_s"] == 2.0
    assert table["left_s"] == 30.0
    assert (table["state"], table["stage"], table["held"]) == ("asking the cases", "cases", True)
    assert not {"tally", "release_ns"} & table.keys()
    assert as_table(DAMAGED)["rate_per_s"] is None


def test_what_is_newest_stays_in_sight() -> None:
    assert cut("a\nb\nc", 3) == "a\nb\nc"
    assert cut("a\nb\nc\nd", 3) == "a\nb\n… 2 more lines"


def test_the_verb_lists_a_folder(tmp_path: Path) -> None:
    begin(tmp_path)
    finish(tmp_path, named("20260302-090000-done-1-0-ab12", "Done", conclusion="met"))
    runner = CliRunner()
    plain = runner.invoke(command, ["--reports", str(tmp_path)], catch_exceptions=False)
    assert [line.split()[0][:8] for line in plain.output.splitlines()] == ["RUN", "20260302", "20260301"]
    told = runner.invoke(command, ["--reports", str(tmp_path), "--json"], catch_exceptions=False)
    assert [one["state"] for one in json.loads(told.output)] == ["finished", "waiting"]


def test_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    assert CliRunner().invoke(command, ["--reports", str(tmp_path)], catch_exceptions=False).output == "no runs\n"
