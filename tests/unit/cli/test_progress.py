"""How far a stage is: the computation, its words, the bar of a terminal and the lines of a log."""

from __future__ import annotations

import io

import click
import pytest

from nccid_eval.cli import pace
from nccid_eval.cli.pace import Pace
from nccid_eval.cli.progress import MOVED, Progress, bar, line

HALF = Pace(done=60, total=120, fresh=60, spent_s=30.0, failed=3)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_rate_and_time_left_are_of_what_was_timed() -> None:
    resumed = Pace(done=100, total=200, fresh=20, spent_s=10.0)
    assert pace.rate(resumed) == 2.0
    assert pace.left_s(resumed) == 50.0


@pytest.mark.parametrize(
    "made",
    [
        Pace(done=0, total=10, fresh=0, spent_s=4.0),  # nothing was answered yet
        Pace(done=5, total=10, fresh=5, spent_s=0.0),  # and here nobody knows how long it took
        Pace(done=10, total=10, fresh=10, spent_s=4.0),  # all is done
        Pace(done=5, total=None, fresh=5, spent_s=4.0),  # nobody knows how much is left
    ],
)
def test_no_time_left_is_told_where_nobody_knows_it(made: Pace) -> None:
    assert pace.left_s(made) is None
    assert "left" not in " ".join(pace.words(made))


def test_the_words() -> None:
    assert pace.words(HALF) == ["60 of 120", "50%", "30 s left", "3 failed", "2.0/s"]
    assert pace.words(Pace(done=1999, total=2000, fresh=1, spent_s=10.0))[1:] == ["99%", "10 s left", "6.0/min"]
    assert pace.words(Pace(done=4, total=None, fresh=0, spent_s=0.0)) == ["4"]
    assert pace.words(Pace(done=0, total=0, fresh=0, spent_s=0.0)) == ["0 of 0"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (7260, "2 h 1 min"), (273_600, "3 d 4 h")],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert pace.duration(seconds) == said


@pytest.mark.parametrize("width", range(1, 130))
def test_a_bar_fits_any_terminal_and_keeps_what_matters_most(width: int) -> None:
    shown = bar("3/5 cases", HALF, width)
    assert len(shown) < max(2, width)
    assert shown.startswith("3/5 cases"[: max(1, width - 1)])
    assert ("60 of 120" in shown) == (width > len("3/5 cases  60 of 120"))


def test_a_bar_is_as_full_as_the_work_is_done() -> None:
    assert bar("cases", HALF, 120).count("█") == bar("cases", HALF, 120).count("░") == 12
    assert "####----" in bar("cases", Pace(done=1, total=2, fresh=0, spent_s=0), 31, ("#", "-"))
    assert "█" not in bar("cases", Pace(done=1, total=None, fresh=0, spent_s=0), 120)


def test_a_log_gets_a_plain_line_now_and_then() -> None:
    now, out = [0.0], io.StringIO()
    progress = Progress(("canary", "cases"), out=out, environment={}, clock=lambda: now[0])
    for done in range(41):
        progress("cases", done, 40, done // 20)
        now[0] += 1.0
    assert out.getvalue().splitlines() == [
        "2/2 cases: 0 of 40  0%",
        "2/2 cases: 15 of 40  37%  25 s left  1.0/s",
        "2/2 cases: 30 of 40  75%  10 s left  1 failed  1.0/s",
        "2/2 cases: 40 of 40  100%  2 failed  1.0/s",
    ]
    assert "\x1b" not in out.getvalue()


def test_a_container_that_gets_ready_does_not_slow_what_comes_then() -> None:
    now, out = [0.0], io.StringIO()
    progress = Progress(out=out, environment={}, clock=lambda: now[0])
    for moment, done in ((0.0, 0), (60.0, 0), (61.0, 8), (80.0, 160)):
        now[0] = moment
        progress("cases", done, 800)
    assert out.getvalue().splitlines()[-1] == line("cases", Pace(done=160, total=800, fresh=160, spent_s=20.0))


def test_an_end_that_is_told_twice_is_shown_once() -> None:
    out = io.StringIO()
    progress = Progress(out=out, environment={}, clock=lambda: 0.0)
    for done in (0, 4, 4):
        progress("cases", done, 4)
    progress.say("again")
    progress("cases", 4, 4)
    assert [one[:13] for one in out.getvalue().splitlines()] == [
        "cases: 0 of 4",
        "cases: 4 of 4",
        "again",
        "cases: 4 of 4",
    ]


def test_a_terminal_gets_a_bar_that_moves_and_what_is_said_stands_below_it() -> None:
    out = Terminal()
    progress = Progress(out=out, environment={"NO_COLOR": "1"}, clock=lambda: 0.0)
    progress("cases", 1, 4)
    progress.say("scoring")
    progress("files", 4, 4)
    assert out.getvalue() == (
        f"{MOVED}{bar('cases', Pace(done=1, total=4, fresh=0, spent_s=0), 80)}\n"
        "scoring\n"
        f"{MOVED}{bar('files', Pace(done=4, total=4, fresh=0, spent_s=0), 80)}\n"
    )


@pytest.mark.parametrize(
    ("environment", "coloured", "moves"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
)
def test_colours_and_moves_are_left_out_where_they_are_not_wanted(
    environment: dict[str, str], coloured: bool, moves: bool
) -> None:
    out = Terminal()
    Progress(out=out, environment=environment, clock=lambda: 0.0)("cases", 1, 4)
    assert ("\x1b[36m" in out.getvalue()) == coloured
    assert (MOVED in out.getvalue()) == moves


def test_an_error_begins_a_line_below_the_bar() -> None:
    out = Terminal()

    @click.command()
    def command() -> None:
        Progress(out=out, environment={}, clock=lambda: 0.0)("cases", 1, 4)
        raise KeyboardInterrupt

    with pytest.raises(click.Abort):
        command.main([], standalone_mode=False)
    assert out.getvalue().endswith("\n")
