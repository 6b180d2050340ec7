"""The whole room against a synthetic warehouse, whose truth was planted: what is found must be what was planted."""

import pytest
from clinical_cells import cells_of
from partition_factory import RULES, ignore_progress

from nccid_eval import partition
from nccid_eval.partition.built.manifest import load_case_table, load_sources
from nccid_eval.records import Partition
from nccid_eval.synthetic import SyntheticTruth, make_warehouse


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[SyntheticTruth, Partition]:
    root = tmp_path_factory.mktemp("synthetic")
    truth = make_warehouse(
        root / "warehouse", patients=24, seed=5, workers=2, progress=lambda done, total: None, size=64
    )
    built = partition.build(
        root / "warehouse",
        root / "out",
        RULES,
        strict=False,
        workers=2,
        progress=ignore_progress,
        warn=lambda line: None,
    )
    return truth, built


def test_labels_and_attributes_are_those_that_were_planted(found: tuple[SyntheticTruth, Partition]) -> None:
    planted, built = found
    of_path = {image.path: (patient, image) for patient in planted.patients for image in patient.images}
    source = {row.case: f"validation/{row.source}" for row in load_sources(built.folder)}
    truth = load_case_table(built.folder)
    assert 0 < truth.label.sum() < len(truth.label)
    for index, case in enumerate(truth.case.tolist()):
        patient, image = of_path[source[case]]
        told = {name: values[index].item() for name, values in truth.attributes.items()}
        assert (bool(truth.label[index]), image.eligible) == (image.diseased, True)
        assert (told["site"], told["sex"]) == (patient.site, patient.sex)
        assert told["view"] in ("", image.view)
        assert told["severity"] in ("", image.severity)
        assert told["ethnicity"] in ("", cells_of("Ethnicity", patient.ethnicity)[0].value)
        assert told["age"] == "" or abs(float(told["age"]) - patient.age_years) <= 1


def test_every_eligible_image_is_a_case_but_for_copies_and_patients_without_a_record(
    found: tuple[SyntheticTruth, Partition],
) -> None:
    planted, built = found
    wanted = sum(
        image.eligible and image.diseased is not None and image.path.startswith("validation/xray/")
        for patient in planted.patients
        for image in patient.images
    )
    lost = {step.reason: step.images for step in built.flow if step.stage in ("duplicates", "clinical record")}
    assert wanted - sum(lost.values()) <= len(built.cases.case) <= wanted
