"""How accuracy is measured, in words: key, title, what is done, from where."""

from __future__ import annotations

TEXTS = (
    (
        "unit",
        "What is counted, and who is independent",
        "A case is called positive where its score is at or above the declared threshold. Several images of one "
        "patient are alike, so the patient is the unit of every interval and test. Intervals are two-sided.",
        "Obuchowski 1997; Rao and Scott 1992",
    ),
    (
        "failure",
        "Cases without a usable answer",
        "A case that the model declined, ran out of time or memory on, or answered in no form that could be read "
        "counts as wrong: a diseased one as missed, a healthy one as flagged, each ranked at the wrong end of all "
        "scores. What failed on our own side is left out of every number and stands in the flow or under Failures.",
        "the intention-to-diagnose rule; other countings stand beside it under Failures",
    ),
    (
        "auc",
        "AUC",
        "The chance that a diseased case scores above a healthy one; equal scores count one half. Its variance takes "
        "all cases of a patient together, and its interval is made on the logit scale, so it stays between 0 and 1. "
        "At an AUC of 0 or 1 the limit is an exact one.",
        "DeLong, DeLong and Clarke-Pearson 1988; Obuchowski 1997; Pepe 2003",
    ),
    (
        "auc-answered",
        "AUC of the answered cases",
        "The same number of the cases alone that got an answer. It flatters a model that declines what is hard.",
        "as AUC",
    ),
    (
        "proportion",
        "Sensitivity, specificity and other shares",
        "Of the diseased cases, those called positive; of the healthy ones, those called negative; of all, those "
        "without an answer. Wilson's interval on the effective number of cases, which is lower than the number of "
        "cases where a patient has several that are alike. Of fewer than about 40 patients such intervals are a "
        "little too narrow. The false negative rate is what sensitivity leaves of 100%, the false positive rate what "
        "specificity leaves.",
        "Wilson 1927; Rao and Scott 1992",
    ),
    (
        "prevalence",
        "Prevalence within a stratum",
        "The share of a stratum's patients who have a diseased case, with Wilson's interval.",
        "Wilson 1927",
    ),
    (
        "likelihood-ratio",
        "Likelihood ratios",
        "How many times likelier a positive (negative) result is in the diseased than in the healthy, with a "
        "log-normal interval on the effective numbers of cases.",
        "Simel, Samsa and Matchar 1991",
    ),
    (
        "predictive-value",
        "PPV and NPV",
        "By Bayes' rule from sensitivity and specificity, at each stated prevalence, which is taken as known. The "
        "interval is that of the patient bootstrap.",
        "Altman and Bland 1994; Efron and Tibshirani 1993",
    ),
    (
        "average-precision",
        "Average precision",
        "The precision where each diseased case is called, averaged. It depends on the prevalence of this partition.",
        "Boyd, Eng and Page 2013",
    ),
    (
        "partial-auc",
        "Partial AUC",
        "The area where the specificity is 0.9 to 1: raw, and standardised so that 0.5 tells nothing and 1 all.",
        "McClish 1989",
    ),
    (
        "roc",
        "ROC curve",
        "Sensitivity and specificity at every threshold, failures counted as wrong; the area under it is the AUC. "
        "Points that would tell of few patients are left out, so the drawn curve has fewer steps than the real one. "
        "The band is pointwise: at each threshold by itself, the interval of sensitivity as in the table. Where that "
        "would tell of few patients, the interval stands on the effective number of cases of the nearest point that "
        "has its own.",
        "Pepe 2003; Newcombe 2001",
    ),
    (
        "failure-analyses",
        "Other ways of counting failures",
        "The same measures with failures left out, all called positive, and all called negative.",
        "a sensitivity analysis",
    ),
    (
        "verdict",
        "Verdicts and the conclusion",
        "A criterion is met where the lower end of the two-sided interval lies above its bar, not met where the "
        "upper end lies below it, else inconclusive. At a level of 95% the chance to be met by luck is about 2.5% "
        "or less. The conclusion is met where all primary criteria are met; as all must hold, nothing is adjusted.",
        "superiority against a fixed bar; co-primary end points",
    ),
    (
        "bootstrap",
        "Patient bootstrap",
        "Patients are drawn with replacement, diseased and healthy ones apart, as often as the plan says and with "
        "its seed; the limits are percentiles. All numbers share the same draws.",
        "Efron and Tibshirani 1993",
    ),
    (
        "calibration",
        "Calibration",
        "Of answered cases, where the output claims to be a probability. Intercept, slope and the curve come from "
        "logistic regression on the logit of the score, observed to expected is a ratio of sums; intervals allow for "
        "several cases of a patient.",
        "Cox 1958; Liang and Zeger 1986; Debray 2017; Harrell 2015",
    ),
    (
        "calibration-error",
        "Brier score and expected calibration error",
        "The mean squared distance of score and truth, and the mean distance over ten groups of rising score. The "
        "second is above 0 for a perfect model too, so it stands beside the values that chance alone makes.",
        "Brier 1950; Naeini 2015; Bröcker and Smith 2007",
    ),
    (
        "decision",
        "Net benefit",
        "At a threshold of t, cases rightly acted on less t/(1−t) times those acted on for nothing, per case.",
        "Vickers and Elkin 2006; Kerr 2016",
    ),
)
