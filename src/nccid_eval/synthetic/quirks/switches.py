"""Switches for quirks, as people write them: NAME, NAME=PROBABILITY, none, all=PROBABILITY."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from nccid_eval.errors import ConfigError
from nccid_eval.synthetic.quirks import QUIRKS, USUAL, Odds

_NAMES = tuple(quirk.name for quirk in QUIRKS)


def odds_of(switches: Iterable[str]) -> Odds:
    """The probability of each quirk. Switches are read in order, the later counts; without any, the usual ones hold.

    `none` switches all off, `all=0.05` gives every quirk that probability, a name alone switches it on for
    everyone to whom it applies. Raises ConfigError for an unknown name, naming the nearest, and for no probability.
    """
    odds = dict(USUAL)
    for switch in switches:
        name, _, text = switch.partition("=")
        name = name.strip()
        if name == "none":
            odds = dict.fromkeys(odds, 0.0)
        elif name == "all":
            odds = dict.fromkeys(odds, _probability(switch, text))
        else:
            odds[_known(name)] = _probability(switch, text)
    return odds


def _known(name: str) -> str:
    if name in _NAMES:
        return name
    near = difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.0)
    raise ConfigError(
        f"there is no quirk '{name}'",
        where="--quirk",
        mend=f"do you mean '{near[0]}'? 'nccid-eval synth --list-quirks' names them all",
    )


def _probability(switch: str, text: str) -> float:
    try:
        probability = float(text) if text else 1.0
    except ValueError:
        probability = -1.0
    if 0 <= probability <= 1:
        return probability
    raise ConfigError(
        f"'{switch}' has no probability", where="--quirk", mend="give a number from 0 to 1, as NAME=0.05"
    )
