"""Numbers of the clinical form: ranges, units, marks and brackets, blood pressure, saturation, FiO2."""

from typing import Any

import pytest
from clinical_cells import cell

OK, RECODED, AMBIGUOUS = "ok", "recoded", "ambiguous"
BEYOND, UNREAD = ("", "out_of_range"), ("", "unparseable")


@pytest.mark.parametrize(
    ("header", "written", "read"),
    [
        ("CRP on admission", "12.5", ("12.5", OK)),
        ("CRP on admission", 12, ("12", OK)),
        ("CRP on admission", "[7] - 2020-06-02", ("7", RECODED)),
        ("Ferritin", "[67] - 2020-06-06", ("67", RECODED)),
        ("CRP on admission", "<0.5", ("0.5", RECODED)),
        ("CRP on admission", ">= 300", ("300", RECODED)),
        ("CRP on admission", ".5", ("0.5", RECODED)),
        ("CRP on admission", "-3", BEYOND),
        ("CRP on admission", "99999", BEYOND),
        ("CRP on admission", "12 mg/L", ("12", RECODED)),
        ("CRP on admission", "12 furlongs", UNREAD),
        ("CRP on admission", "37,6", ("37.6", RECODED)),
        ("CRP on admission", "1,234", ("1234", AMBIGUOUS)),
        ("CRP on admission", "2,345", ("2.345", RECODED)),  # 2345 cannot be
        ("CRP on admission", "1,2,3", UNREAD),
        ("CRP on admission", "high", UNREAD),
        ("Platelet count on admission", "1,000.5", ("1000.5", RECODED)),
        ("WCC on admission", "7.2 x10^9/L", ("7.2", RECODED)),
        ("Creatinine on admission", "80 µmol/L", ("80", RECODED)),
        ("Creatinine on admission", "0.08 mmol/L", ("80", RECODED)),
        ("Pack year History", "20 py", ("20", RECODED)),
        ("Pack year history", "20 pack years", ("20", RECODED)),
        ("Pack year History", "20+", ("20", RECODED)),
        ("Pack year History", "20/day", UNREAD),
        ("Duration of symptoms", "2 weeks", ("14", RECODED)),
        ("Duration of symptoms", "7/7", ("7", RECODED)),
        ("NEWS2 score on arrival", "5", ("5", OK)),
        ("NEWS2 score on arrival", "20", ("20", OK)),
        ("NEWS2 score on arrival", "5.5", BEYOND),
        ("NEWS2 score on arrival", "21", BEYOND),
        ("APACHE score on ITU arrival", "71", ("71", OK)),
        ("APACHE score on ITU arrival", "72", BEYOND),
        ("Temperature on admission", "37.6", ("37.6", OK)),
        ("Temperature on admission", "37.6 °C", ("37.6", RECODED)),
        ("Temperature on admission", "99.5F", ("37.5", RECODED)),
        ("Temperature on admission", "376", BEYOND),
        ("Temperature on admission", "37.6 F", BEYOND),
        ("Heart rate on admission", "98 bpm", ("98", RECODED)),
        ("Fibrinogen  if d-dimer not performed", "4.1", ("4.1", OK)),
        ("Pa02", "10.2", ("10.2", OK)),
        ("PaO2", "75 mmHg", ("9.99915", RECODED)),
    ],
)
def test_numbers(header: str, written: Any, read: tuple[str, str]) -> None:
    assert cell(header, written) == read


@pytest.mark.parametrize(
    ("header", "written", "site", "read"),
    [
        ("D-dimer on admission", "500", "Cambridge University Hospitals", ("0.5", RECODED)),
        ("D-dimer on admission", "500", "Norfolk and Norwich", ("0.5", RECODED)),
        ("D-dimer on admission", "500", "West Suffolk NHS Foundation Trust", ("0.5", RECODED)),
        ("D-dimer on admission", "500", "West Trust", ("500", OK)),
        ("D-dimer on admission", "0.5", "Imperial College Healthcare", ("0.5", OK)),
        (
            "D-dimer on admission",
            "0.5 mg/L",
            "Cambridge University Hospitals",
            ("0.5", RECODED),
        ),  # its own unit counts
        ("Troponin I", "0.02", "Sheffield Children's", ("20", RECODED)),
        ("Troponin T", "12", "Sheffield Children's", ("12", OK)),
        ("Urea on admission", "6.5", "Imperial College Healthcare", ("6.5", AMBIGUOUS)),
        ("PaO2", "95", "Cambridge University Hospitals", ("95", AMBIGUOUS)),
        ("PaO2", "950", "Cambridge University Hospitals", BEYOND),
    ],
)
def test_a_sites_own_unit_is_converted_where_that_is_certain(
    header: str, written: str, site: str, read: tuple[str, str]
) -> None:
    assert cell(header, written, site) == read


@pytest.mark.parametrize(
    ("written", "systolic", "diastolic"),
    [
        ("[137/91] - 2020-06-02", ("137", RECODED), ("91", RECODED)),
        ("137/91 mmHg", ("137", RECODED), ("91", RECODED)),
        ("91/137", BEYOND, BEYOND),
        ("400/91", BEYOND, ("91", RECODED)),
        ("120", ("120", OK), ("120", OK)),
        ("[120] - 2020-06-02", ("120", RECODED), ("120", RECODED)),
        ("137/", UNREAD, UNREAD),
    ],
)
def test_each_blood_pressure_takes_its_own_half(
    written: str, systolic: tuple[str, str], diastolic: tuple[str, str]
) -> None:
    assert (cell("Systolic BP", written), cell("Diastolic BP", written)) == (systolic, diastolic)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("94", ("94", OK)),
        ("94%", ("94", RECODED)),
        (0.94, ("94", RECODED)),
        ("94% on air", ("94", RECODED)),
        ("0.94 on 2L", ("94", RECODED)),
        ("994 on air", BEYOND),
        ("...on air", UNREAD),
        ("0.05", BEYOND),
        ("105", BEYOND),
        ("low", UNREAD),
    ],
)
def test_saturation(written: Any, read: tuple[str, str]) -> None:
    assert cell("O2 saturation", written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("35", ("35", OK)),
        (21, ("21", OK)),
        ("35%", ("35", RECODED)),
        ("FiO2 35", ("35", RECODED)),
        ("FiO2: 0.4", ("40", RECODED)),
        (0.21, ("21", RECODED)),
        ("0,35", ("35", RECODED)),
        (".5", ("50", RECODED)),
        ("10L", ("60", RECODED)),
        ("2 L/min", ("29", RECODED)),
        ("15 l", ("100", RECODED)),
        ("7 litres", ("41", RECODED)),
        ("2.5L", ("31", RECODED)),
        ("0.5 lpm", ("23", RECODED)),
        ("15L NRB", ("100", RECODED)),
        ("[10L] - 2020-06-02", ("60", RECODED)),
        ("16L", ("100", AMBIGUOUS)),
        ("60L", ("100", AMBIGUOUS)),
        ("80L", BEYOND),
        ("2-4L", ("37", AMBIGUOUS)),
        ("2", ("29", AMBIGUOUS)),
        ("1", ("25", AMBIGUOUS)),
        ("1.0", ("25", AMBIGUOUS)),
        ("0", ("21", AMBIGUOUS)),
        ("15", ("100", AMBIGUOUS)),
        ("16", BEYOND),
        ("0.1", BEYOND),
        ("150", BEYOND),
        ("150%", BEYOND),
        ("-2L", BEYOND),
        ("RA", ("21", RECODED)),
        ("room air", ("21", RECODED)),
        ("R/A 21%", ("21", RECODED)),
        ("No", ("21", RECODED)),
        ("15L overnight, now RA", ("100", AMBIGUOUS)),
        ("28% (4L)", ("28", RECODED)),
        ("28%, was 35%", ("28", AMBIGUOUS)),
        ("Venturi blue", ("24", RECODED)),
        ("green", ("60", RECODED)),
        ("white venturi 4L", ("28", RECODED)),
        ("Venturi 35", ("35", RECODED)),
        (".", ("", "missing")),
        ("NRB", UNREAD),
        ("yes", UNREAD),
    ],
)
def test_fio2_in_every_notation(written: Any, read: tuple[str, str]) -> None:
    assert cell("FiO2", written) == read
    assert cell("Any supplemental oxygen: FiO2", written) == read


def test_every_row_of_the_table_of_litres() -> None:
    percents = [25, 29, 33, 37, 41, 45, 41, 47, 53, 60, 80, 85, 90, 95, 100]
    assert [cell("FiO2", f"{litres}L")[0] for litres in range(1, 16)] == [str(one) for one in percents]
    colours = {"blue": "24", "white": "28", "orange": "31", "yellow": "35", "red": "40", "green": "60"}
    assert {colour: cell("FiO2", f"{colour} venturi")[0] for colour in colours} == colours
