"""The words of the section on methods: key, title, what is done, from where."""

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
        "little too narrow.",
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
        "Points that would tell of few patients are left out, so the drawn curve has fewer steps than the real one.",
        "Pepe 2003",
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
        "upper end lies below it, else inconclusive. At a level of 95% the chance to be met by luck is at most 2.5%. "
        "The conclusion is met where all primary criteria are met; as all must hold, nothing is adjusted.",
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
        "difference",
        "A group against all others",
        "The group's measure less that of all other cases, with an interval that allows for patients who are in "
        "both. Differences of AUC by Zou's limits and a t test on the logit scale; of rates by Newcombe's method or "
        "the patient bootstrap, and Welch's t test.",
        "Zou 2007; Zou and Donner 2008; Newcombe 1998; Welch 1947",
    ),
    (
        "adjusted-p",
        "Adjusted p",
        "With many comparisons, some look different by chance. All differences of the planned groups together are "
        "adjusted by Holm's method; every other one is part of an exploratory scan and adjusted by Benjamini and "
        "Hochberg's.",
        "Holm 1979; Benjamini and Hochberg 1995",
    ),
    (
        "gap",
        "Gaps between groups, and what chance makes",
        "The largest less the smallest value over an attribute's groups. Equalised odds is the larger of the gaps of "
        "sensitivity and specificity, underdiagnosis the gap of the false negative rate. Beside each stands what "
        "comes of it when patients are dealt into the groups at random; p is the share of such deals with a gap as "
        "large.",
        "Hardt, Price and Srebro 2016; Seyyed-Kalantari 2021; Good 2005; Phipson and Smyth 2010",
    ),
    (
        "between-sites",
        "Summary over sites",
        "Random effects on the logit scale over three sites or more. The prediction interval says where a new site "
        "like these would lie; tau and I squared say how far sites differ beyond chance.",
        "Paule and Mandel 1982; Knapp and Hartung 2003; IntHout 2016; Higgins and Thompson 2002",
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
    (
        "baseline",
        "The baseline that sees no image",
        "Logistic regression of the diagnosis on site, view, equipment and the like, tried on other patients than "
        "those that it was fitted to. Its AUC less the model's is judged on the same cases.",
        "Hastie, Tibshirani and Friedman 2009; DeLong 1988; Obuchowski 1997",
    ),
    (
        "within",
        "AUC within strata, and without a site",
        "Only pairs of a diseased and a healthy case that share a level are compared, so what the level itself gives "
        "away does not count. Without a site: the AUC of all other sites' cases.",
        "Janes and Pepe 2008; Obuchowski 1997",
    ),
    (
        "healthy-shift",
        "Healthy cases' scores between strata",
        "The chance that a healthy case of one level scores above a healthy one of another: 0.5 where the score does "
        "not depend on the stratum.",
        "Obuchowski 1997",
    ),
    (
        "alarm",
        "The alarm of the confounding audit",
        "Raised by an AUC above 0.95; by a baseline whose AUC lies above 0.60 with its whole interval; by a model "
        "that does not beat the baseline; or where more than half of the cases lie in levels with patients of one "
        "kind, beyond chance.",
        "thresholds of this project, fixed before any model was run",
    ),
    (
        "power",
        "Power and precision",
        "The half width of Wilson's interval, and how far a group must lie below all others to be found, at the "
        "group's effective number of cases. The criteria's needs are counted likewise.",
        "Fleiss, Levin and Paik 2003; Donner and Klar 2000; Hanley and McNeil 1982",
    ),
    (
        "small-cells",
        "Suppressed groups",
        "A group with fewer diseased or healthy patients than the plan's minimum is not shown. More groups go until "
        "nobody can work the hidden ones out from totals, from other attributes or from the flow.",
        "Fellegi 1972; Fischetti and Salazar 2001",
    ),
    (
        "bands",
        "Shares in bands",
        "How records are filled in is told as shares in bands, so wide that none of few patients follows from them.",
        "docs/methods.md, Small cells",
    ),
    (
        "flow",
        "The flow",
        "Each image is left out at the first stage that it fails, so the numbers add up. Studies and patients are "
        "those that lose their last image there.",
        "STARD 2015, item 19",
    ),
    (
        "leakage",
        "The leakage audit",
        "The evaluator compares every file of the training part with every one of these data: names of patients in "
        "folders, headers and records, study and image identifiers, the stored pixel values, and a picture's look "
        "(a perceptual hash of 256 bits). An audit is taken only where it compared every image of the cases. Names, "
        "and how many were found, stay with the evaluator; counts of what was compared are rounded down.",
        "Zauner 2010; docs/leakage.md",
    ),
    (
        "repeat",
        "Order check",
        "Answered cases are asked again: under new names, in another order, in other batches, of a fresh container.",
        "a test of determinism",
    ),
    (
        "steps",
        "Times, memory and counts of containers",
        "Rounded up to the next of a few steps, moments down to the hour. A container could write what it has seen "
        "in the digits of its own running time.",
        "docs/threat-model.md",
    ),
)
