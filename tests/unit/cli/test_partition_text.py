"""What `partition show` and `partition leakage` print for people."""

from nccid_eval.cli.leakage import _line
from nccid_eval.cli.plain import partition_summary
from nccid_eval.partition.leakage import Leak

UID = "1.2.826.0.1.3680043.9.3218.1.1.1627234.1344.1511857293183.7381.0"


def step(stage: str, reason: str, images: int) -> dict[str, object]:
    return {"stage": stage, "reason": reason, "kept": not reason, "images": images, "studies": 2, "patients": 1}


def test_columns_stand_where_they_are_however_long_a_reason_is() -> None:
    flow = [step("images in validation/", "", 12_345), step("file", "truncated", 3), step("file", "x" * 90, 4)]
    text = partition_summary(
        {
            "cases": 7,
            "labels": {"positive": 4, "negative": 3},
            "flow": flow,
            "by": {"site": {"": {"positive": 4, "negative": 3}}},
        }
    )
    lines = text.splitlines()
    assert lines[0] == "cases: 7"
    assert [line[:27] for line in lines[3:7]] == [
        "   images  studies patients",
        "   12,345        2        1",
        "        3        2        1",
        "        4        2        1",
    ]
    assert lines[6].endswith(f"left out, file: {'x' * 90}")
    assert lines[-1] == "        4        3  site: unknown"


def test_a_leak_fits_on_a_line_and_cannot_move_the_cursor() -> None:
    image = f"xray/Covid1/{UID}/{UID}/{UID}.dcm"
    leak = Leak(what="COVID1\r", training=(image, image), validation=("data/Covid1/data_2021-01-01.json",))
    assert _line(leak) == "COVID1?: training/xray/Covid1/… and 1 more, validation/data/Covid1/data_2021-01-01.json"
