from datetime import timedelta

import pytest

from nccid_eval.synthetic.cohort import PLANTED_SUBGROUP
from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import truth_of
from nccid_eval.synthetic.sampling import in_window, plan_patient


def test_600_patients_give_a_validation_part_of_150_diseased_and_enough_healthy(drafts: tuple[Draft, ...]) -> None:
    truths = [truth_of(draft) for draft in drafts]
    judged = [one for one in truths if one.group == "validation" and one.age_years >= 18]
    diseased = [one for one in judged if any(image.eligible and image.diseased for image in one.images)]
    healthy = [one for one in judged if any(image.eligible and image.diseased is False for image in one.images)]
    assert len(diseased) >= 155
    assert len(healthy) >= 80
    assert 0.45 < sum(one.group == "validation" for one in truths) / 600 < 0.65


def test_a_patient_does_not_depend_on_the_others() -> None:
    assert plan_patient(5, 17) == plan_patient(5, 17)
    assert plan_patient(5, 17) != plan_patient(6, 17)
    assert plan_patient(5, 17) != plan_patient(5, 18)


@pytest.mark.parametrize(
    ("positive", "days", "diseased"),
    [
        (True, -14, True),
        (True, 28, True),
        (True, -15, None),
        (True, 29, None),
        (False, -28, False),
        (False, 28, False),
        (False, 29, None),
    ],
)
def test_an_image_is_diseased_only_inside_the_window(positive: bool, days: int, diseased: bool | None) -> None:
    assert in_window(positive, days) is diseased


def test_images_outside_the_window_exist_and_old_ones_show_no_disease() -> None:
    images = [image for n in range(300) for image in plan_patient(1, n).images]
    old = [image for image in images if image.diseased is None and image.days_from_swab < -14]
    assert len(old) > 10
    assert {image.severity for image in old} == {"none"}
    assert 1.3 < len(images) / 300 < 1.9


def test_healthy_images_show_no_disease_and_diseased_ones_mostly_do() -> None:
    images = [image for n in range(300) for image in plan_patient(2, n).images]
    assert {image.severity for image in images if image.diseased is False} == {"none"}
    shown = [image.severity != "none" for image in images if image.diseased]
    assert 0.8 < sum(shown) / len(shown) < 1


def test_disease_is_fainter_in_the_planted_subgroup_alone() -> None:
    for patient in (plan_patient(3, n) for n in range(100)):
        wanted = PLANTED_SUBGROUP.lesion_contrast if patient.sex == PLANTED_SUBGROUP.level else 1.0
        assert {image.lesion_contrast for image in patient.images} == {wanted}


def test_identifiers_are_unique_valid_and_in_step_with_dates() -> None:
    patients = [plan_patient(4, n) for n in range(200)]
    uids = [uid for patient in patients for image in patient.images for uid in (image.sop_uid, image.series_uid)]
    assert len(set(uids)) == len(uids)
    assert max(map(len, uids)) <= 64
    assert len({patient.pseudonym for patient in patients}) == 200
    for patient in patients:
        for image in patient.images:
            assert image.day == patient.swab + timedelta(days=image.days_from_swab)
