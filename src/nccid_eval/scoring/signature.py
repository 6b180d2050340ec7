"""Signatures: what a number was made by, in text that compares. Every Estimate that leaves scoring carries one.

`auc:obuchowski-logit/1 failures=wrong level=0.95 ties=half scoring=1`: the method and its version, the options by
name, replicates and seed where there are any, and the version of scoring as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nccid_eval.records import Estimate, Measure

SCORING = 1  # rises with every entry under **Scores** in CHANGELOG.md that moves a number


def signed(estimate: Estimate, method: str, **options: object) -> Estimate:
    """The estimate with its signature; `method` is an id with its version, as `auc:obuchowski-logit/1`.

    Options keep to words and numbers (level=0.95, failures="wrong", replicates=2000, seed=1): no blanks, no `=`.
    """
    return replace(estimate, signature=_text(method, {name: _plain(one) for name, one in options.items()}))


def stated(measures: Mapping[str, Measure], **options: object) -> dict[str, Measure]:
    """The same measures, with more options in the signatures of those that have one: what only the caller knows."""
    return {name: _stated(one, options) for name, one in measures.items()}


def differing(first: str, second: str) -> tuple[str, ...]:
    """What two signatures differ in, by name; empty: the numbers are comparable. Unsigned compares with nothing."""
    if not first or not second:
        return ("signature",)
    mine, others = _parts(first), _parts(second)
    return tuple(name for name in sorted(mine.keys() | others.keys()) if mine.get(name) != others.get(name))


def _stated(measure: Measure, options: Mapping[str, object]) -> Measure:
    if not isinstance(measure, Estimate) or not measure.signature:
        return measure
    parts = _parts(measure.signature)
    method = parts.pop("method")
    parts.pop("scoring")
    return replace(measure, signature=_text(method, parts | {name: _plain(one) for name, one in options.items()}))


def _parts(signature: str) -> dict[str, str]:
    method, *options = signature.split(" ")
    return {"method": method} | dict(one.split("=", 1) for one in options)


def _text(method: str, options: Mapping[str, str]) -> str:
    return " ".join((method, *(f"{name}={options[name]}" for name in sorted(options)), f"scoring={SCORING}"))


def _plain(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if not text or set(text) & {" ", "="}:
        raise ValueError(f"not fit for a signature: {text!r}")
    return text
