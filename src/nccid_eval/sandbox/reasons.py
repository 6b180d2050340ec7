"""What a vendor may be told of why its container failed: a closed list, which nothing that a container prints enters.

A journal holds reasons in our own words. Those that are known here leave as they are; whatever else stands in a
journal leaves as one text, so that no word can leave by being new.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum

from nccid_eval.records import Outcome


class Reason(StrEnum):
    """Every reason for which a case can fail by the vendor's doing, as it is told: all are safe_for_vendor."""

    NO_ANSWER = "no answer in time"
    NOT_DONE = "not done in time"
    TIME_SPENT = "the run's time is spent"
    RESTARTS_SPENT = "the restarts are spent"
    NEVER_READY = "no container could be asked anything"
    CLOSED = "the container closed its stream"
    CLOSED_BETWEEN = "the container closed its stream between requests"
    LEFT = "left by itself"
    TOO_EARLY = "answered before the request was read"
    TOO_MUCH = "printed more than a run may"
    MORE_THAN_ANSWER = "printed more than its answer on stdout"
    SMALLER_BATCH = "max_batch is smaller than at the first start"
    NOT_READY_LINE = "the first line is not the ready line of nccid-stdio/1"
    READY_KEY = "the ready line has an unknown key"
    MAX_BATCH = "max_batch is not a whole number from 1 up"
    ANSWER_KEYS = "the answer has other keys than 'request' and 'results'"
    OTHER_REQUEST = "the answer names another request"
    NO_LIST = "'results' is not a list"
    TWICE = "a case is answered twice"
    OTHER_CASES = "the cases answered are not those asked"
    RESULT_KEYS = "a result has other keys than 'case' and one of 'score' and 'error'"
    CASE_NO_TEXT = "'case' is not text"
    ERROR_WORD = "'error' is none of unreadable, out_of_scope, failed"
    SCORE_NO_NUMBER = "a score is not a number"
    SCORE_OUTSIDE = "a score is not finite, or outside [0, 1]"
    LONG_LINE = "a line is longer than 65,535 bytes"
    NO_JSON = "a line is not JSON in UTF-8"
    NO_OBJECT = "a line is not a JSON object"
    NOT_FINITE = "a number is NaN or Infinity"
    LONG_NUMBER = "a whole number is too long"
    KEY_TWICE = "a key stands twice in one object"
    MORE_LINES = "there are more lines than cases"
    CASE_NOT_ASKED = "a case is answered that was not asked"
    FILE_REFUSED = "the file of predictions cannot be read"
    ITS_OWN = "the container said so itself"
    OTHER = "the container failed"


WITH_MORE = {  # reasons that go on with something that is not told
    Reason.NEVER_READY + ": ": Reason.NEVER_READY,
    "the file of predictions ": Reason.FILE_REFUSED,
}
MEANINGS = {
    Outcome.OK: "a score was given",
    Outcome.DECLINED: "the container answered with an error of its own",
    Outcome.TIMEOUT: "it was not ready, or gave no answer, in time",
    Outcome.OOM: "it used more memory than it asked for, and was ended by the system",
    Outcome.EXITED: "it left before it had answered",
    Outcome.MALFORMED: "what it printed is not the protocol",
}


def told(reason: str) -> Reason:
    """A journal's reason as a vendor may see it."""
    with suppress(ValueError):
        return Reason(reason)
    known = (text for start, text in WITH_MORE.items() if reason.startswith(start))
    return next(known, Reason.OTHER)
