from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.partition.cases.flow import Stage, count_flow, tally

STUDY = st.tuples(st.sampled_from("abc"), st.sampled_from("123"))
REASON = st.sampled_from(["", "x", "y", "z"])  # '' is kept
IMAGES = st.lists(st.tuples(st.integers(0, 2), REASON, STUDY), max_size=40)


@given(IMAGES)
def test_every_box_is_the_one_before_less_what_was_left_out(images: list[tuple[int, str, tuple[str, str]]]) -> None:
    stages = [
        Stage(name=str(n), kept=f"kept {n}", reasons=tally((r, s) for stage, r, s in images if r and stage == n))
        for n in range(3)
    ]
    steps = count_flow("all", stages, Counter(study for _, reason, study in images if not reason))
    assert (steps[0].images, steps[0].studies) == (len(images), len({study for _, _, study in images}))
    assert steps[0].patients == len({study[0] for _, _, study in images})
    left = [steps[0].images, steps[0].studies, steps[0].patients]
    for step in steps[1:]:
        counts = [step.images, step.studies, step.patients]
        assert min(counts) >= 0
        if step.kept:
            assert counts == left
        left = left if step.kept else [a - b for a, b in zip(left, counts, strict=True)]
    kept = {study for _, reason, study in images if not reason}
    assert left == [sum(not reason for _, reason, _ in images), len(kept), len({patient for patient, _ in kept})]
    assert steps[-1].stage == "kept 2"


def test_a_study_is_left_out_where_its_last_image_is() -> None:
    stages = [Stage(name="one", kept="", reasons={"x": Counter({("a", "1"): 1}), "y": Counter({("a", "1"): 1})})]
    steps = count_flow("all", stages, Counter())
    assert [(step.reason, step.images, step.studies, step.patients) for step in steps[1:3]] == [
        ("x", 1, 0, 0),
        ("y", 1, 1, 1),
    ]
