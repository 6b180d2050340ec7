"""How numbers, outcomes and strange strings are put into words. Pure text, no statistics."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from nccid_eval.records import Estimate, Measure, NotEstimable, OrderCheck, PartitionRules

NO_BREAK = "\u00a0"
NOT_AVAILABLE = "not available"
NOT_USED = "none was used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    label: str
    percent: bool = False
    higher_is_better: bool | None = None
    decimals: int = 3


METRICS = {
    "auc": Metric(label="AUC", higher_is_better=True),
    "auc_answered": Metric(label="AUC, answered cases only", higher_is_better=True),
    "sensitivity": Metric(label="Sensitivity", percent=True, higher_is_better=True),
    "specificity": Metric(label="Specificity", percent=True, higher_is_better=True),
    "false_negative_rate": Metric(label="False negative rate", percent=True, higher_is_better=False),
    "false_positive_rate": Metric(label="False positive rate", percent=True, higher_is_better=False),
    "fnr": Metric(label="False negative rate", percent=True, higher_is_better=False),
    "fpr": Metric(label="False positive rate", percent=True, higher_is_better=False),
    "failure_rate": Metric(label="Failure rate", percent=True, higher_is_better=False),
    "ppv": Metric(label="PPV", percent=True, higher_is_better=True),
    "npv": Metric(label="NPV", percent=True, higher_is_better=True),
    "lr_positive": Metric(label="Positive likelihood ratio", decimals=2),
    "lr_negative": Metric(label="Negative likelihood ratio", decimals=2),
    "prevalence": Metric(label="Prevalence", percent=True),
    "equalised_odds": Metric(label="Equalised odds (the larger gap of the two)", percent=True),
    "underdiagnosis": Metric(label="Underdiagnosis (false negative rate)", percent=True, higher_is_better=False),
    "average_precision": Metric(label="Average precision", higher_is_better=True),
    "partial_auc": Metric(label="Partial AUC, raw", higher_is_better=True),
    "partial_auc_standardised": Metric(label="Partial AUC, standardised", higher_is_better=True),
}

OUTCOMES = {
    "declined": "the model declined the case",
    "timeout": "no answer within the time limit",
    "oom": "the model ran out of memory",
    "exited": "the model's process ended",
    "malformed": "the answer could not be understood",
    "infra": "our own infrastructure failed; not scored",
    "poison": "the case stopped our own software; not scored",
    "missing": "no prediction was given",
}

ATTRIBUTES = {  # where a capital and spaces do not make words of it
    "maker": "Maker of the equipment",
    "bsti": "BSTI reading",
    "icu": "Admitted to intensive care",
    "size": "Longer side, pixels",
    "bits": "Bits stored",
    "photometric": "Photometric interpretation",
    "quarter": "Quarter of the year",
    "site_role": "Role of the site in NCCID",
}

TARGETS = {
    "covid_positive": "COVID-19",
    "icu_admission": "admission to intensive care",
    "intubation": "intubation",
    "death": "death",
    "severity_moderate_or_worse": "moderate or severe COVID-19",
}


def metric(name: str) -> Metric:
    """What is known of a metric; one that nobody described gets its name as label and plain decimals."""
    return METRICS.get(name) or Metric(label=plain_name(name))


def plain_name(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def attribute_name(name: str) -> str:
    return ATTRIBUTES.get(name) or plain_name(name)


def images_name(rules: PartitionRules | None) -> str:
    """What kind of images these are, as far as anybody says."""
    if rules is None:
        return "chest images"
    return {"CT": "chest CT", "MR": "chest MR"}.get(rules.modalities[0], "chest radiographs")


def target_name(target: str) -> str:
    return TARGETS.get(target) or plain_name(target)


def purpose(target: str) -> str:
    """What a model for a target does."""
    verb = "Predict" if target in ("icu_admission", "intubation", "death") else "Detect"
    return f"{verb} {target_name(target)}"


def shown(rules: PartitionRules) -> str:
    """What of an image the model was shown, as the partition's rules say."""
    if rules.blank == "headers":
        return "pixels alone: a control, with blank headers"
    if rules.blank == "pixels":
        return "headers alone: a control, with blank pixels" + (" and with age and sex" if rules.demographics else "")
    told = ", age and sex among them" if rules.demographics else ""
    kept = ", in the encoding of their source" if rules.keep_transfer_syntax else ""
    return f"pixels{kept}, and the header fields that place them{told}"


def value(name: str, number: float) -> str:
    kind = metric(name)
    return f"{number:.1%}" if kind.percent else f"{number:.{kind.decimals}f}".replace("-", "−")


def interval(name: str, measure: Estimate) -> str:
    return span(name, measure.low, measure.high)


def span(name: str, low: float, high: float) -> str:
    return f"{value(name, low)} to {value(name, high)}".replace(" ", NO_BREAK)


def size_of_gap(name: str, size: float) -> str:
    """The gap between two groups; of rates in percentage points (pp)."""
    return f"{size * 100:.1f}{NO_BREAK}pp" if metric(name).percent else f"{size:.3f}"


def benefit(number: float) -> str:
    return f"{number:.3f}".replace("-", "−")


def in_full(name: str, measure: Measure) -> str:
    """A number with its interval, or the reason why there is none."""
    if isinstance(measure, NotEstimable):
        return not_estimable(measure)
    return f"{value(name, measure.value)} ({interval(name, measure)})"


def not_estimable(measure: NotEstimable) -> str:
    # The gate's reasons start with the word already.
    return measure.reason if measure.suppressed else f"not estimable: {measure.reason}"


def signed(name: str, number: float) -> str:
    digits = f"{number * 100:+.1f}" if metric(name).percent else f"{number:+.3f}"
    return digits.replace("-", "−")


def difference(name: str, measure: Estimate) -> str:
    """A difference without its interval; of rates in percentage points (pp)."""
    return signed(name, measure.value) + (f"{NO_BREAK}pp" if metric(name).percent else "")


def difference_interval(name: str, measure: Estimate) -> str:
    return f"{signed(name, measure.low)} to {signed(name, measure.high)}".replace(" ", NO_BREAK)


def p_value(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(number: int | None) -> str:
    return "suppressed" if number is None else f"{number:,}"


def many(number: int, one: str, more: str = "") -> str:
    """'1 image', '2 images', '2 studies'."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def repeated(check: OrderCheck) -> str:
    """What came of asking again, in a sentence or two."""
    if check.largest_change is None:
        return "Answered cases were asked again, and none was answered."
    least = f"At least {count(check.compared)}" if check.compared < check.asked else count(check.compared)
    change = f"at most {check.largest_change:g}" if check.largest_change else "0: every answer was the same"
    parts = [f"{least} answered cases were asked again; the largest change of a score was {change}."]
    parts += [f"{up_to(check.crossed)} crossed the threshold." if check.crossed else "None crossed the threshold."]
    parts += [f"{up_to(check.failed)} got no usable answer the second time."] if check.failed else []
    return " ".join(parts)


def up_to(number: int) -> str:
    """A count that is told in steps; the first two are exact."""
    return count(number) if number <= 1 else f"Up to {count(number)}"


def threshold(number: float) -> str:
    """As it was declared: with all of its digits."""
    return f"{number:.12g}"


def percent(share: float) -> str:
    """A share that somebody chose, as a prevalence or a level: no more digits than it has."""
    return f"{share * 100:.4g}%"


def percent_of(share: float) -> str:
    """A share that was counted: to a tenth of a percent."""
    return percent(round(share, 3))


def moment(iso: str) -> str:
    try:
        return f"{datetime.fromisoformat(iso).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return iso


def seconds(number: float | None) -> str:
    """A time that is told in steps."""
    return NOT_AVAILABLE if number is None else f"at most {number:,g}{NO_BREAK}s"


def memory(mib: float | None) -> str:
    """The same of memory."""
    return "the engine cannot tell" if mib is None else f"at most {mib:,.0f}{NO_BREAK}MiB"


def clean(text: str) -> str:
    """Make invisible characters visible: controls, direction marks, lone surrogates become [U+202E] and such."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(one) for one in text)


def _visible(character: str) -> str:
    if character in "\n\t\r":
        return " "
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return f"[U+{ord(character):04X}]" if hidden else character


def level_order(name: str) -> tuple[int, list[tuple[bool, int, str]], str]:
    """Sorts levels as people do: '<18' before '18-39', 'Site 2' before 'Site 10', '≥80' and the unknown last."""
    rank = {"<": 0, "≥": 2, ">": 2}.get(name[:1], 3 if name in ("", "unknown") else 1)
    parts = re.findall(r"([0-9]{1,18})|([^0-9]+)", name)
    return rank, [(bool(word), int(digits or 0), word) for digits, word in parts], name


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
