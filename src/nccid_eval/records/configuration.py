"""What the evaluator fixes before a run (configs/*.toml)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRules:
    """configs/partition.toml: the reference standard and which images become cases."""

    target: str  # covid_positive | icu_admission | intubation | death | severity_moderate_or_worse
    case: str  # image | study | series: what the index test judges in one go
    modalities: tuple[str, ...]  # DX and CR, or CT, or MR
    positive_days_before: int  # an image counts as positive from so many days before a positive swab …
    positive_days_after: int  # … to so many after it; outside it is excluded, never negative
    negative_days: int  # a negative patient's image counts within so many days of the swab
    unit: str = ""  # image | study | series | patient: what is counted; "" for the case. Never finer than the case
    index: str = "all"  # all | first | last | nearest: which of a patient's studies count (nearest to the swab)
    aggregation: str = "max"  # max | mean: how the scores of a unit's cases become its score
    swabs: tuple[str, ...] = ("rt_pcr", "status", "positive_date")  # which tests count
    before_window: str = "exclude"  # exclude | negative: a positive patient's images of before `negative_until`
    negative_until: str = ""  # ISO date: the last day on which nobody had the disease; only with "negative"
    image_dates: tuple[str, ...] = ("AcquisitionDate", "StudyDate")  # in this order; no other is true
    horizon_days: int = 28  # an outcome counts so many days after the image
    demographics: bool = False  # age and sex stay in the headers, for submissions that declare their use
    keep_transfer_syntax: bool = False  # hand over the source's encoding in place of Explicit VR Little Endian
    metadata_json: bool = True  # compare the JSON beside each image with it: one more file to read for each
    blank: str = ""  # headers | pixels: a control partition that holds the other alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A vulnerability scanner that prints JSON. {archive} stands for a saved image, {image} for its id or digest."""

    command: tuple[str, ...] = ()  # none: no scan
    version: tuple[str, ...] = ()  # prints the scanner's version
    time_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """configs/limits.toml: what one container may use, and for how long."""

    ready_s: float  # start to the ready line
    case_s: float  # a request may take this times the cases in it
    run_s: float  # the whole run
    max_batch: int  # caps the container's own wish
    cpus: int  # 0: all but one where there are more than two
    memory_gib: float  # the most that a submission may ask for
    shm_mib: int
    tmp_mib: int
    attempts_per_case: int  # after timeout, oom or exited
    restarts: int  # containers beyond the first, for the whole run
    infra_attempts: int  # our own failures in a row, then the run stops as incomplete
    output_mib: int  # what a container may print in a run
    batch_output_mib: int = 64  # what a container of nccid-batch/1 may write, in bytes …
    batch_output_files: int = 64  # … and in files and folders
    runtime: str = ""  # "" for the engine's own, or runsc (gVisor)
    scan: Scan = Scan()
    repeat_cases: int = 50  # answered cases that are asked again in another order; 0: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A bar fixed before the run: met when the lower one-sided bound lies above it."""

    metric: str  # a key of Scorecard.overall
    bar: float
    primary: bool = True  # all primary criteria must be met together (co-primary); others are secondary


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Non-inferiority margins of a comparison: how much worse than its predecessor a new version may be."""

    auc: float = 0.05
    sensitivity: float = 0.05
    specificity: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """configs/plan.toml: how predictions are scored. `digest` is the SHA-256 of its canonical JSON."""

    level: float  # two-sided confidence level
    prevalences: tuple[float, ...]
    replicates: int
    seed: int
    attributes: tuple[str, ...]  # the planned subgroup family
    minimum_patients: int  # below it a cell is suppressed (diseased and healthy counted apart); 0: the gate is off
    criteria: tuple[Criterion, ...]
    digest: str
    site: str = "site"  # the attribute whose levels are sites
    intersections: tuple[tuple[str, ...], ...] = ()  # pairs of attributes, exploratory
    baseline: tuple[str, ...] = ()  # attributes of the no-pixels baseline; those that the truth lacks are passed over
    permutations: int = 1000  # of the null of a gap
    power: float = 0.9
    margins: Margins = Margins()
    strict_numerators: bool = False  # suppress small error counts too
    proportion_interval: str = "wilson"  # wilson | clopper-pearson
    auc_interval: str = "logit"  # logit | wald | bootstrap
