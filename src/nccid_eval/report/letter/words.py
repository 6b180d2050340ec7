"""The letter's sentences. What a container can choose is a number in steps or a word of a closed list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nccid_eval.records import VendorResult
from nccid_eval.report.parts import verdicts, wording

ADVICE = {
    "declined": "Your program answered with an error of its own. Check what it takes for unreadable or out of scope, "
    "and whether the indications of use in submission.toml say the same.",
    "timeout": "Load the model before the ready line, and flush each line that you write. The limits are the "
    "assessor's: ask for them if you do not know them.",
    "oom": "Ask for more memory (memory_gib in submission.toml), or for fewer cases at once (max_batch in the ready "
    "line).",
    "exited": "Catch what goes wrong with one case and answer it with an error; a program that leaves loses the "
    "request.",
    "malformed": "Keep standard output for the answers alone, and check them against 'The conversation' in the "
    "contract.",
}
TIMES = {
    "until ready": "From the start to the ready line",
    "a case, median": "A case, median",
    "a case, p95": "A case, 95th percentile",
}


def lead(result: VendorResult) -> str:
    """The answer in a sentence or two."""
    return verdicts.conclusion(
        "Your model", result.conclusion, verdicts=result.verdicts, plan_fixed=result.plan_fixed
    )


def answered(result: VendorResult, counted: str) -> str:
    """How many were asked and how many got a usable answer; `counted` is the plural of what is counted."""
    asked = f"{wording.count(result.cases)} {counted} were scored"
    if result.answered is None:
        return f"{asked}. How many of them got a usable answer is withheld: few patients' images failed."
    if result.answered == result.cases:
        return f"{asked}, and every one got a usable answer."
    return f"{asked}; {wording.count(result.answered)} of them got a usable answer."


def whose(result: VendorResult) -> Iterator[str]:
    """Whose failures they were, a sentence each."""
    if result.failures or result.answered != result.cases:
        yield "These failures are your container's own. Each counts as a wrong answer, whichever way that goes."
    else:
        yield "Your container had no failure."
    yield (
        "Where our own software or the container engine fails, the request is sent again, and nothing of that counts "
        "against you."
    )
    if result.left_out:
        images = "image was" if result.left_out == 1 else "images were"
        yield (
            f"{wording.count(result.left_out)} {images} left out because our own software could not survive them. "
            "That failure is ours; they are left out for every vendor and count neither for nor against you."
        )
    else:
        yield "No case was left out because of a failure of ours."


def advice(outcomes: Iterable[str]) -> list[str]:
    """What to look at, for each outcome that has a piece of advice."""
    return [ADVICE[one] for one in outcomes if one in ADVICE]


def times(seconds: Mapping[str, str]) -> dict[str, str]:
    """What was timed, and how long it took at most."""
    return {TIMES.get(name, name): f"{one} s" if one[-1:].isdigit() else one for name, one in seconds.items()}


def rehearsed(result: VendorResult) -> str:
    """What came of the synthetic cases; empty where there were none."""
    found = result.rehearsal
    if found is None:
        return ""
    return (
        f"Before any unseen image, your model was asked {wording.count(found.cases)} synthetic cases in the same "
        f"sandbox. It declined {wording.count(found.declined)} and failed on {wording.count(found.failed)}."
    )


def asked_again(result: VendorResult) -> str:
    """What came of asking answered cases again, in another order."""
    check = result.order_check
    if check is None or check.not_available:
        return f"Whether the order of cases matters was not checked{f': {check.not_available}' if check else ''}."
    return f"In another order and under other names: {wording.repeated(check)}"
