"""How groups are compared and the study is guarded, in words: key, title, what is done, from where."""

from __future__ import annotations

TEXTS = (
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
