"""How far a stage is, how fast, and how long it still takes: computed and worded once for all who tell of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`fresh` of the `done` cases took `spent_s` seconds; the others' time is not known. `total` may be unknown."""

    done: int
    total: int | None
    fresh: int
    spent_s: float
    failed: int = 0  # without a usable answer


def rate(pace: Pace) -> float | None:
    """Cases a second; None where nothing was timed."""
    return pace.fresh / pace.spent_s if pace.fresh > 0 and pace.spent_s > 0 else None


def left_s(pace: Pace) -> float | None:
    """Seconds until all is done at this rate; None where nobody can tell, and where all is done."""
    speed = rate(pace)
    if speed is None or pace.total is None or pace.done >= pace.total:
        return None
    return (pace.total - pace.done) / speed


def amount(pace: Pace) -> str:
    return f"{pace.done:,}" if pace.total is None else f"{pace.done:,} of {pace.total:,}"


def share(pace: Pace) -> str:
    """Rounded down: all is done at 100%, and not before."""
    return f"{100 * pace.done // pace.total}%" if pace.total else ""


def speed(pace: Pace) -> str:
    a_second = rate(pace)
    if a_second is None:
        return ""
    return f"{a_second:,.1f}/s" if a_second >= 1 else f"{a_second * 60:,.1f}/min"


def left(pace: Pace) -> str:
    seconds = left_s(pace)
    return "" if seconds is None else f"{duration(seconds)} left"


def failures(pace: Pace) -> str:
    return f"{pace.failed:,} failed" if pace.failed else ""


def words(pace: Pace) -> list[str]:
    """All that is known, the most important first."""
    return [one for one in (amount(pace), share(pace), left(pace), failures(pace), speed(pace)) if one]


def duration(seconds: float) -> str:
    """Two units at most: 12 s, 3 min 5 s, 2 h 10 min, 3 d 4 h."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
