"""Versions as engines and distributions write them, against the table of the least that is sound."""

from __future__ import annotations

import pytest

from nccid_eval.cli.minimums import MINIMUMS, below_minimum, parsed


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("1.6.20~ds1", (1, 6, 20)),
        ("6.18.44-fc-v669", (6, 18, 44)),
        ("v1.3.3", (1, 3, 3)),
        ("NVIDIA Container Toolkit CLI version 1.17.8", (1, 17, 8)),
        ("1.2", (1, 2, 0)),
        ("", ()),
        ("unknown", ()),
    ],
)
def test_the_numbers_of_a_version(text: str, numbers: tuple[int, ...]) -> None:
    assert parsed(text) == numbers


SOUND = {
    "engine": "20.10.24+dfsg1",
    "containerd": "1.7.27",
    "runc": "1.3.3",
    "kernel": "6.1.0-42-amd64",
    "nvidia-container-toolkit": "1.18.0",
}


def test_what_is_new_enough_is_not_mentioned() -> None:
    assert list(below_minimum(SOUND)) == []
    assert {one.part for one in MINIMUMS} == set(SOUND)


@pytest.mark.parametrize(
    ("part", "version", "told"),
    [
        ("engine", "20.10.9", "threads"),
        ("containerd", "1.5.2", "CVE-2022-23648"),
        ("runc", "1.1.5+ds1", "CVE-2025-31133"),
        ("runc", "1.2.7", "CVE-2025-52881"),
        ("runc", "1.3.2", "CVE-2025-52565"),
        ("kernel", "5.4.0-200-generic", "sealed"),
        ("nvidia-container-toolkit", "1.17.7", "CVE-2025-23266"),
    ],
)
def test_what_is_older_is_named_with_its_fault_and_its_cure(part: str, version: str, told: str) -> None:
    (finding,) = below_minimum({**SOUND, part: version})
    assert (finding.name, finding.ok) == (part, None)
    assert version in finding.found
    assert told in finding.found
    assert "or later" in finding.cure


@pytest.mark.parametrize("version", ["1.2.8", "1.2.9", "1.3.3", "1.4.0", "2.0.0"])
def test_a_line_that_was_mended_is_sound_from_there(version: str) -> None:
    assert list(below_minimum({**SOUND, "runc": version})) == []


def test_a_part_that_is_not_there_is_passed_over() -> None:
    assert list(below_minimum({})) == []
    assert list(below_minimum({"runc": "unknown", "engine": ""})) == []
