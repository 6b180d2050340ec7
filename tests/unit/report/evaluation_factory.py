"""Written evaluations for the tests of reports and tracking: plausible numbers, none of them computed from data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nccid_eval.records import (
    Audit,
    Band,
    BetweenSites,
    Bias,
    Calibration,
    CaseTable,
    ConfusionTable,
    ContainerNeeds,
    Counts,
    Criterion,
    CurvePoint,
    DecisionCurve,
    DecisionPoint,
    Estimate,
    Evaluation,
    FlowStep,
    Gap,
    GroupScore,
    Indications,
    Leakage,
    LeakageCheck,
    Measure,
    NotEstimable,
    Partition,
    PartitionRules,
    Plan,
    Power,
    PowerRow,
    PredictiveValues,
    Quality,
    QualityGroup,
    RocPoint,
    RunFacts,
    Scorecard,
    Stratum,
    Submission,
    Verdict,
)

WILSON = "Wilson on an effective sample size, clustered by patient"
OBUCHOWSKI = "Obuchowski 1997, clustered by patient, logit scale"
SUPPRESSED = NotEstimable(reason="suppressed (fewer than 10 patients)", suppressed=True)
HOSTILE = (
    "<script>alert('x')</script>",
    "\u202egnihtemos\u202c right-to-left",
    '=HYPERLINK("http://example.invalid","click")',
    "$\\frac{a}{b}$ & <b>bold</b> \x07\x00 {{ 7*7 }}",
    "W" * 500,
)


def estimate(value: float, half: float, method: str = WILSON, *, n: int = 180, p: float | None = None) -> Estimate:
    adjusted = None if p is None else min(1.0, p * 7)
    return Estimate(
        value=value,
        low=max(-1.0, value - half),
        high=min(1.0, value + half * 0.9),
        positives=n,
        negatives=n + 60,
        patients=n + 20,
        method=method,
        p=p,
        p_adjusted=adjusted,
    )


def group(sensitivity: float, specificity: float, auc: float, half: float, n: int, p: float) -> GroupScore:
    counts = Counts(
        cases=2 * n + 20, positives=n, negatives=n + 20, patients=n, diseased_patients=n // 2,
        healthy_patients=n - n // 2, failures=n // 25,
    )  # fmt: skip
    boot = "patient bootstrap, difference to all other cases"
    return GroupScore(
        counts=counts,
        measures={
            "auc": estimate(auc, half * 0.8, OBUCHOWSKI, n=n),
            "sensitivity": estimate(sensitivity, half, n=n),
            "specificity": estimate(specificity, half * 0.8, n=n),
            "failure_rate": estimate(0.04, 0.03, n=n),
        },
        differences={
            "auc": estimate(auc - 0.88, half * 0.9, boot, n=n, p=min(1.0, p * 2)),
            "sensitivity": estimate(sensitivity - 0.84, half * 1.1, boot, n=n, p=p),
            "specificity": estimate(specificity - 0.81, half, boot, n=n, p=0.6),
        },
    )


def suppressed_group() -> GroupScore:
    names = ("auc", "sensitivity", "specificity", "failure_rate")
    return GroupScore(
        counts=None,
        measures=dict.fromkeys(names, SUPPRESSED),
        differences=dict.fromkeys(names[:3], SUPPRESSED),
    )


def one_sided_group() -> GroupScore:
    whole = group(0.83, 0.8, 0.87, 0.09, 60, 0.7)
    reason = NotEstimable(reason="negative patients have no record of this in NCCID")
    measures: dict[str, Measure] = {**whole.measures, "auc": reason, "specificity": reason}
    differences: dict[str, Measure] = {**whole.differences, "auc": reason, "specificity": reason}
    return dataclasses.replace(whole, measures=measures, differences=differences)


def groups() -> dict[str, dict[str, GroupScore]]:
    return {
        "sex": {"F": group(0.86, 0.80, 0.89, 0.06, 160, 0.4), "M": group(0.82, 0.82, 0.87, 0.06, 170, 0.4)},
        "age_band": {
            "<18": suppressed_group(),
            "18-39": group(0.85, 0.84, 0.90, 0.09, 60, 0.8),
            "40-64": group(0.87, 0.83, 0.90, 0.06, 120, 0.3),
            "65-79": group(0.61, 0.78, 0.77, 0.09, 90, 0.0004),
            "≥80": group(0.83, 0.77, 0.86, 0.10, 50, 0.7),
        },
        "site": {
            f"Site {name}": group(0.84 + step, 0.81 - step, 0.88, 0.12, 40, 0.5)
            for name, step in zip("ABCDEFGH", (0, 0.03, -0.02, -0.17, 0.05, 0.01, -0.04, 0.02), strict=True)
        },
        "view": {"AP": group(0.85, 0.74, 0.86, 0.05, 200, 0.6), "PA": group(0.80, 0.89, 0.88, 0.08, 110, 0.3)},
        "ethnicity": {"Asian": one_sided_group(), "White": one_sided_group(), "unknown": suppressed_group()},
    }


def roc(points: int = 60) -> tuple[RocPoint, ...]:
    steps = [step / (points - 1) for step in range(points)]
    return (
        RocPoint(threshold=float("inf"), sensitivity=0.0, specificity=1.0),
        *(RocPoint(threshold=1 - x, sensitivity=x**0.18, specificity=1 - x) for x in steps),
    )


def released_roc() -> tuple[RocPoint, ...]:
    """As it leaves: thresholds of the grid and the declared one, every third interval a neighbour's."""
    steps = (*(1 - step / 25 for step in range(15)), 0.42, *(1 - step / 25 for step in range(15, 26)))
    points = []
    for place, threshold in enumerate(round(one, 2) for one in steps):
        found, cleared = (1 - threshold) ** 0.3245, 1 - (1 - threshold) ** 3.068
        if threshold == 0.42:
            found, cleared = 0.838, 0.812
        points.append(
            RocPoint(
                threshold=threshold, sensitivity=found, specificity=cleared,
                sensitivity_low=max(0.0, found - 0.05), sensitivity_high=min(1.0, found + 0.045),
                sensitivity_borrowed=place % 3 == 1,
                specificity_low=max(0.0, cleared - 0.045), specificity_high=min(1.0, cleared + 0.0405),
                specificity_borrowed=place % 3 == 2,
            )
        )  # fmt: skip
    return tuple(points)


def plan() -> Plan:
    return Plan(
        level=0.95,
        prevalences=(0.05, 0.10, 0.34),
        replicates=2000,
        seed=20210528,
        attributes=("sex", "age_band", "site", "view", "ethnicity"),
        minimum_patients=10,
        criteria=tuple(
            Criterion(metric=m, bar=b) for m, b in (("sensitivity", 0.7), ("specificity", 0.8), ("auc", 0.9))
        ),
        digest="sha256:" + "5e" * 32,
    )


def audit(sites: tuple[str, ...] = ("Site A", "Site B", "Kestrel Quay")) -> Audit:
    """The last site is suppressed and nearly one-sided; the alarm is raised."""
    shown = Stratum(diseased_patients=40, healthy_patients=30, prevalence=estimate(0.571, 0.11))
    hidden = Stratum(diseased_patients=None, healthy_patients=None, prevalence=SUPPRESSED)
    without = estimate(0.86, 0.03, OBUCHOWSKI)
    return Audit(
        alarm="A baseline that sees no image reaches an AUC of 0.812 [0.761 to 0.854].",
        strata={"site": dict.fromkeys(sites[:-1], shown) | {sites[-1]: hidden}, "view": {"AP": shown, "PA": shown}},
        one_sided=(f"site: {sites[-1]} (all or nearly all diseased)", "maker: Egret (all or nearly all diseased)"),
        baseline=estimate(0.812, 0.05, OBUCHOWSKI),
        baseline_difference=estimate(0.062, 0.04, "Obuchowski's paired variance", p=0.01),
        features=("site", "view", "age_band"),
        within={"site": NotEstimable(reason="no level holds both diseased and healthy cases"), "view": without},
        without_site=dict.fromkeys(sites[:-1], without) | {sites[-1]: SUPPRESSED},
        healthy_shift={
            "site": dict.fromkeys(sites[:-1], estimate(0.61, 0.08)) | {sites[-1]: SUPPRESSED},
            "view": {"AP": NotEstimable(reason="fewer than two healthy patients in this level")},
        },
    )


def power(site: str = "Site A") -> Power:
    def row(group: str, measure: str, cases: int, difference: float | None, reason: str = "") -> PowerRow:
        return PowerRow(
            group=group, measure=measure, assumed=0.75, patients=cases // 2, cases=cases, design_effect=1.4,
            half_width=0.06, detectable_difference=difference, reason=reason,
        )  # fmt: skip

    rows = [
        one
        for measure in ("sensitivity", "specificity")
        for one in (
            row("all", measure, 180, None),
            row(f"site: {site}", measure, 60, 0.213),
            row("site: Site B", measure, 4, None, "no difference is so large that it would be found"),
            PowerRow(group="age_band: <18", measure=measure, assumed=0.75, reason=SUPPRESSED.reason),
        )
    ]
    needed = {"auc above 0.9": "812 diseased cases (here 180) to show it with a power of 90%; those here give 31%"}
    return Power(power=0.9, rows=tuple(rows), needed=needed, method="effective cases; ICC 0.40 (estimated)")


def gap(measure: str, value: float, p: float, worst: str = "65-79", best: str = "18-39") -> Gap:
    return Gap(
        measure=measure, value=value, worst=worst, best=best, groups=4, patients=190, null_mean=0.09,
        null_high=0.17, p=p, method="largest less smallest; null: 1000 permutations",
    )  # fmt: skip


def bias(worst: str = "65-79", crossing: str = "M × 65-79") -> Bias:
    """A gap beyond chance, one within it, one attribute that is recorded for the diseased alone; a crossing."""
    few = NotEstimable(reason="fewer than two groups of 10 diseased and healthy patients or more")
    only = NotEstimable(reason="sensitivity only: ethnicity is not recorded for healthy patients")
    summary = BetweenSites(
        mean=estimate(0.83, 0.05), prediction_low=0.61, prediction_high=0.94, tau=0.41, i_squared=0.37, sites=8,
        method="random effects on the logit scale",
    )  # fmt: skip
    return Bias(
        gaps={
            "sex": {"sensitivity": gap("sensitivity", 0.04, 0.61, "M", "F"), "auc": gap("auc", 0.02, 0.8, "M", "F")},
            "age_band": {
                "sensitivity": gap("sensitivity", 0.26, 0.004, worst),
                "specificity": gap("specificity", 0.07, 0.55, worst),
                "auc": gap("auc", 0.13, 0.02, worst),
                "equalised_odds": gap("equalised_odds", 0.26, 0.006, worst),
                "underdiagnosis": gap("underdiagnosis", 0.26, 0.004, worst),
            },
            "ethnicity": {"sensitivity": gap("sensitivity", 0.05, 0.7), "specificity": only, "auc": only},
            "maker": dict.fromkeys(("sensitivity", "specificity", "auc"), few),
        },
        intersections={
            "sex × age_band": {"F × 65-79": group(0.7, 0.8, 0.8, 0.1, 45, 0.2), crossing: suppressed_group()}
        },
        between_sites={"sensitivity": summary, "specificity": few, "auc": summary},
    )


def calibration() -> Calibration:
    points = [at / 20 for at in range(1, 20)]
    return Calibration(
        intercept=estimate(-0.31, 0.2, "logistic regression"),
        slope=estimate(0.82, 0.15, "logistic regression"),
        observed_expected=estimate(0.86, 0.1, "log-normal"),
        brier=estimate(0.142, 0.02, "logit"),
        ece=estimate(0.071, 0.02, "ten groups"),
        ece_null_mean=0.043,
        ece_null_high=0.062,
        curve=tuple(CurvePoint(x=x, y=x**1.2, low=x**1.2 - 0.04, high=x**1.2 + 0.03) for x in points),
        method="answered cases; clustered by patient",
    )


def decision_curves() -> tuple[DecisionCurve, ...]:
    def point(at: float, prevalence: float) -> DecisionPoint:
        y = prevalence * (1 - at) * 0.9
        everybody = prevalence - (1 - prevalence) * at / (1 - at)
        return DecisionPoint(
            threshold=at, model=CurvePoint(x=at, y=y, low=y - 0.02, high=y + 0.02), treat_all=everybody
        )

    return tuple(
        DecisionCurve(
            prevalence=prevalence,
            points=tuple(point(at / 100, prevalence) for at in range(2, 96, 4)),
            method="net benefit a case; patient bootstrap",
        )
        for prevalence in (0.4286, 0.05, 0.1, 0.34)
    )


def scorecard() -> Scorecard:
    overall: dict[str, Measure] = {
        "auc": estimate(0.874, 0.026, OBUCHOWSKI),
        "auc_answered": estimate(0.891, 0.025, OBUCHOWSKI),
        "sensitivity": estimate(0.838, 0.05),
        "specificity": estimate(0.812, 0.045),
        "failure_rate": estimate(0.028, 0.012),
        "negative_likelihood_ratio": NotEstimable(reason="a rate is 0 or 1"),
    }
    made = plan()
    words = ("met", "inconclusive", "not met")
    verdicts = tuple(
        Verdict(criterion=one, measure=overall[one.metric], verdict=word)
        for one, word in zip(made.criteria, words, strict=True)
    )
    values = tuple(
        PredictiveValues(prevalence=at, of_partition=own, ppv=estimate(ppv, 0.04), npv=estimate(npv, 0.01))
        for at, own, ppv, npv in ((0.43, True, 0.771, 0.869), (0.05, False, 0.19, 0.99), (0.34, False, 0.697, 0.907))
    )
    return Scorecard(
        target="covid_positive",
        threshold=0.42,
        plan=made,
        partition_digest="sha256:" + "ab" * 32,
        gate="cells with fewer than 10 diseased or 10 healthy patients are suppressed; 2 cells are",
        counts=Counts(
            cases=420, positives=180, negatives=240, patients=200, diseased_patients=150, healthy_patients=50,
            failures=12,
        ),
        overall=overall,
        confusion=ConfusionTable(
            true_positives=151, false_negatives=29, true_negatives=195, false_positives=45,
            failed_positives=5, failed_negatives=7,
        ),
        predictive_values=values,
        roc=released_roc(),
        by_group=groups(),
        failures={"ok": 408, "declined": 4, "timeout": 3, "malformed": 5},
        failure_analyses={
            name: {"sensitivity": estimate(0.85 - step, 0.05), "specificity": estimate(0.82 + step, 0.05)}
            for name, step in (("excluded", 0.0), ("as_positive", -0.01), ("as_negative", 0.02))
        },
        verdicts=verdicts,
        versions={"nccid_eval": "0.1.0", "numpy": "2.3.1", "scipy": "1.16.0"},
        bias=bias(),
        calibration=calibration(),
        decision_curves=decision_curves(),
        audit=audit(),
        power=power(),
    )  # fmt: skip


def submission() -> Submission:
    return Submission(
        folder=Path("submissions/reference-densenet"),
        vendor="Example Imaging Ltd",
        name="reference-densenet",
        version="1.4.0",
        indications=Indications(
            target="covid_positive", modalities=("DX", "CR"), views=("AP", "PA"), min_age_years=16.0,
            uses_demographics=False,
        ),
        threshold=0.42,
        probability=True,
        container=ContainerNeeds(
            image="model.tar", protocol="nccid-stdio/1", gpu="optional", memory_gib=4.0, shm_mib=64, tmp_mib=256,
            jit=False,
        ),
        nccid_training_partition=True,
        other_sources=("synthetic radiographs",),
    )  # fmt: skip


def flow() -> tuple[FlowStep, ...]:
    rows = (
        ("warehouse", "validation part of the warehouse", True, 530, 320, 250),
        ("eligibility", "modality is neither DX nor CR", False, 40, 31, 28),
        ("eligibility", "truncated or unreadable DICOM file", False, 2, 2, 2),
        ("eligibility", "eligible radiographs", True, 488, 290, 232),
        ("reference standard", "positive patient, image outside −14 … +28 days of the swab", False, 51, 34, 25),
        ("reference standard", "no swab result", False, 17, 12, 9),
        ("cases", "cases shown to the index test", True, 420, 246, 200),
    )
    return tuple(FlowStep(stage=s, reason=r, kept=k, images=i, studies=t, patients=p) for s, r, k, i, t, p in rows)


def partition() -> Partition:
    rules = PartitionRules(
        target="covid_positive", case="image", modalities=("DX", "CR"), positive_days_before=14,
        positive_days_after=28, negative_days=28,
    )  # fmt: skip
    return Partition(
        folder=Path("partitions/demo"),
        digest="sha256:" + "ab" * 32,
        rules=rules,
        cases=CaseTable(case=("c001", "c002"), files=(1, 1)),
        flow=flow(),
        warehouse="synthetic warehouse, 600 patients, seed 7",
        built_with="0.1.0",
    )


def run_facts() -> RunFacts:
    return RunFacts(
        run_id="20260301-reference-densenet",
        started="2026-03-01T09:00:00+00:00",
        finished="2026-03-01T09:07:42+00:00",
        seed=11,
        image_id="sha256:" + "c0" * 32,
        engine="docker 27.5.1",
        options={
            "network": "none",
            "read_only_root": "true",
            "capabilities": "none",
            "no_new_privileges": "true",
            "memory_bytes": "4294967296",
            "pids": "256",
        },
        max_batch=16,
        ready_s=4.21,
        containers=2,
        latency_first_s=1.92,
        latency_median_s=0.231,
        latency_p95_s=0.402,
        memory_peak_mib=812.4,
        versions={"kernel": "6.1.0-28-amd64", "runc": "1.2.4"},
    )


def quality(site: str = "Site A", field: str = "smoking_status") -> Quality:
    """Diseased patients with most fields filled in, healthy ones with hardly any."""

    def bands(width: int, *places: int) -> dict[str, Band]:
        reasons = ("ok", "missing", "recoded", "ambiguous", "out_of_range", "unparseable")
        return {
            one: Band(over=place * width, up_to=(place + 1) * width)
            for one, place in zip(reasons, places, strict=True)
        }

    def checks(width: int) -> dict[str, dict[str, Band]]:
        low, high = Band(over=0, up_to=width), Band(over=100 - width, up_to=100)
        answers = {
            "sex_source": ("record_or_unknown", "image", "other_image"),
            "sex_conflict": ("no", "yes", "unknown"),
            "contradictions": ("none", "some"),
            "ambiguous_dates": ("none", "images", "calendar", "convention"),
        }
        return {name: {one: high if one == given[0] else low for one in given} for name, given in answers.items()}

    sick = {
        "sex": bands(5, 18, 0, 1, 0, 0, 0),
        "date_of_1st_cxr": bands(5, 9, 5, 2, 2, 0, 0),
        field: bands(5, 10, 9, 0, 0, 0, 0),
    }
    well = {
        "sex": bands(10, 0, 9, 0, 0, 0, 0),
        "age": bands(10, 0, 9, 0, 0, 0, 0),
        "swab_date": bands(10, 8, 0, 0, 1, 0, 0),
    }
    return Quality(
        minimum_patients=10,
        groups=(
            QualityGroup(label="diseased", fields=sick, checks=checks(5)),
            QualityGroup(label="healthy", fields=well, checks=checks(10)),
        ),
        sites={site: Band(over=60, up_to=80), "Site B": Band(over=40, up_to=60)},
    )


def leakage(status: str = "clean", found: str = "clean") -> Leakage:
    """An audit of six checks; `found` is how the near-duplicates ended."""
    names = (
        "pseudonyms",
        "study instance UIDs",
        "SOP instance UIDs",
        "pixel values",
        "near-duplicates",
        "split rule",
    )
    return Leakage(
        status=status,
        training="warehouse",
        audited_with="0.1.0",
        checks=tuple(
            LeakageCheck(
                name=name,
                status=found if name == "near-duplicates" else "clean",
                training=2000,
                validation=500,
                note="not read: some in training/" if name == "pixel values" else "",
            )
            for name in names
        ),
    )


def evaluation() -> Evaluation:
    """A run of a container, with suppressed and one-sided groups, failures and all three verdicts."""
    return Evaluation(
        run_id="20260301-reference-densenet",
        scorecard=scorecard(),
        flow=flow(),
        submission=submission(),
        partition=partition(),
        run=run_facts(),
        commit="0123456789abcdef0123456789abcdef01234567",
        quality=quality(),
    )


def plain_evaluation() -> Evaluation:
    """The run without anything that is drawn, for tests of words: charts take most of a page's time."""
    card = dataclasses.replace(scorecard(), by_group={}, bias=None, roc=(), calibration=None, decision_curves=())
    return dataclasses.replace(evaluation(), scorecard=card)


def outside_evaluation() -> Evaluation:
    """Predictions that were made elsewhere: no submission, no partition, no run."""
    card = dataclasses.replace(scorecard(), gate="off: predictions made elsewhere", failures={"missing": 12})
    return Evaluation(
        run_id="score-1", scorecard=card, flow=(), submission=None, partition=None, run=None, commit="unknown"
    )


def hostile_evaluation() -> Evaluation:
    """Every string that a vendor or a site can choose is hostile."""
    script, rtl, formula, markup, long = HOSTILE
    sound = evaluation()
    card = sound.scorecard
    levels = {name: group(0.84, 0.81, 0.88, 0.1, 40, 0.5) for name in HOSTILE}
    assert sound.submission is not None
    assert sound.run is not None
    assert sound.partition is not None
    return dataclasses.replace(
        sound,
        run_id=long,
        scorecard=dataclasses.replace(
            card,
            by_group={**card.by_group, "site": levels, script: dict.fromkeys((rtl, long), suppressed_group())},
            failures={"declined": 3, script: 2},
            versions={markup: long},
            audit=dataclasses.replace(audit(HOSTILE), alarm=script),
            power=power(long),
            bias=dataclasses.replace(
                bias(script, long), gaps={**bias(long).gaps, script: bias(rtl).gaps["age_band"], formula: {}}
            ),
        ),
        submission=dataclasses.replace(
            sound.submission, vendor=script, name=long, version=formula, other_sources=(rtl, markup, long)
        ),
        partition=dataclasses.replace(sound.partition, warehouse=markup),
        run=dataclasses.replace(sound.run, options={script: long, rtl: formula}, engine=rtl),
        flow=(dataclasses.replace(sound.flow[0], stage=script, reason=long), *sound.flow[1:]),
        commit=formula,
        quality=quality(markup, long),
    )


def empty_evaluation() -> Evaluation:
    """Nothing could be estimated at all."""
    card = scorecard()
    nothing = NotEstimable(reason="fewer than two diseased patients")
    bare = dataclasses.replace(
        card,
        plan=dataclasses.replace(card.plan, criteria=(), minimum_patients=0),
        overall=dict.fromkeys(("auc", "auc_answered", "sensitivity", "specificity"), nothing),
        counts=Counts(
            cases=3, positives=1, negatives=2, patients=3, diseased_patients=1, healthy_patients=2, failures=0
        ),
        confusion=ConfusionTable(
            true_positives=1, false_negatives=0, true_negatives=2, false_positives=0, failed_positives=0,
            failed_negatives=0,
        ),
        predictive_values=(PredictiveValues(prevalence=0.05, of_partition=False, ppv=nothing, npv=nothing),),
        roc=(),
        by_group={},
        failures={},
        failure_analyses={},
        verdicts=(),
        bias=None,
        calibration=nothing,
        decision_curves=(),
        audit=None,
        power=None,
    )  # fmt: skip
    return dataclasses.replace(outside_evaluation(), scorecard=bare)


def large_evaluation() -> Evaluation:
    """The size of an evaluation of 50,000 images: 44 subgroups, a ROC curve of 40,000 steps."""
    sites = {f"Hospital number {n}": group(0.8, 0.8, 0.86, 0.05, 500, 0.5) for n in range(24)}
    card = scorecard()
    whole = dataclasses.replace(card, by_group={**card.by_group, "hospital": sites}, roc=roc(40_000))
    return dataclasses.replace(evaluation(), scorecard=whole)


def crowded_evaluation() -> Evaluation:
    """More of everything than two pages hold: criteria, clearly worse groups, the widest names, long lists."""
    sound = hostile_evaluation()
    card, entered, wide = sound.scorecard, sound.submission, "W" * 500
    assert entered is not None
    worse = {name * 3: group(0.4, 0.4, 0.5, 0.05, 300, 0.00001) for name in (*HOSTILE, "Kestrel", "肺" * 90)}
    values = tuple(dataclasses.replace(one, prevalence=0.5) for one in card.predictive_values[:1])
    bars = tuple(
        Verdict(criterion=Criterion(metric=name, bar=0.5), measure=card.overall["auc"], verdict="not met")
        for name in ("auc", "sensitivity", "partial_auc_standardised", "lr_negative", "specificity", "ppv", wide)
    )
    crowded = dataclasses.replace(
        card,
        by_group={"sex": worse, "hospital " * 30: worse},
        verdicts=bars,
        conclusion="inconclusive",
        target=wide,
        plan=dataclasses.replace(card.plan, prevalences=(0.5,), attributes=("sex", "hospital " * 30)),
        predictive_values=values,
    )
    use = dataclasses.replace(entered.indications, views=("AP", "PA") * 40, target=wide)
    return dataclasses.replace(
        sound,
        scorecard=crowded,
        submission=dataclasses.replace(entered, vendor="肺" * 90, name=wide, version=wide, indications=use),
        plan_fixed=False,
        commit=wide,
    )
