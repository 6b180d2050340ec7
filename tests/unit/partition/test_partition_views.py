import pytest

from nccid_eval.partition.dicom.views import frontal_view, is_elsewhere, is_lateral, is_series_elsewhere


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("AP", "AP"),
        ("W Chest PA", "PA"),
        ("CR (AP)", "AP"),
        ("NGT AP", "AP"),
        ("AP Skyplate", "AP"),
        ("AP Landscape", "AP"),
        ("PA Paed Fuji", "PA"),
        ("CHEST_PA", "PA"),
        ("pa", "PA"),
        ("LANDSCAPE", ""),
        ("PAED", ""),
        ("Chest Mobile", ""),
        ("AP/PA", ""),
        ("", ""),
    ],
)
def test_views_are_whole_words(text: str, view: str) -> None:
    assert frontal_view(text, []) == view
    assert frontal_view("", ["", text]) == view


def test_view_position_counts_before_the_descriptions() -> None:
    assert frontal_view("PA", ["Chest AP"]) == "PA"
    assert frontal_view("AP PA", ["Chest AP"]) == "AP"


@pytest.mark.parametrize("text", ["LL", "Chest LAT", "LATERAL", "Lateral Decub", "RAO", "chest oblique"])
def test_laterals_are_found_in_either_field(text: str) -> None:
    assert is_lateral(text, [], [], "")
    assert is_lateral("PA", [text], [], "PA")


@pytest.mark.parametrize("text", ["PLATE", "BILATERALLY", "Skyplate", "PA", "COLLAPSE"])
def test_words_that_hold_a_laterals_name_are_none(text: str) -> None:
    assert not is_lateral(text, [], [], "")


def test_orientation_tells_a_lateral_only_where_no_view_is_said() -> None:
    assert is_lateral("", [], ["P", "F"], "")
    assert not is_lateral("PA", [], ["P", "F"], "PA")
    assert not is_lateral("", [], ["L", "F"], "")


@pytest.mark.parametrize("text", ["T Abdomen Supine", "ADDOMEN, AP", "RENAL", "Thoracic spine", "PELVIS"])
def test_other_parts_of_the_body_are_told(text: str) -> None:
    assert is_elsewhere(["CHEST", text])


@pytest.mark.parametrize("text", ["CHEST", "Chest/Abdomen", "", "SAVED IMAGES", "Chester", "Handover"])
def test_the_chest_and_the_unknown_are_no_other_part(text: str) -> None:
    assert not is_elsewhere([text])


@pytest.mark.parametrize(
    ("own", "study", "elsewhere"),
    [
        ("Thorax 5.0", ["CT Abdomen"], False),
        ("Abdomen 5.0", ["CT Chest"], True),
        ("5.0 B31f", ["CT Thorax/Abdomen", "ABDOMEN"], False),
        ("5.0 B31f", ["CT Brain", ""], True),
        ("", ["", ""], False),
        ("Lung 1.0 Brain", [], False),
    ],
)
def test_a_series_is_judged_by_its_own_words_before_its_studys(own: str, study: list[str], elsewhere: bool) -> None:
    assert is_series_elsewhere(own, study) is elsewhere
