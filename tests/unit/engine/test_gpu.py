"""GPUs as nvidia-smi prints them, recorded; one device a container; the peak of its memory while it is watched."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from nccid_eval.engine.gpu import Gpu, GpuMemory, by_cdi, cdi_lists_gpus, parse_gpus, parse_used_mib

LISTED = "0, NVIDIA H100 80GB HBM3, 550.54.15\n1, NVIDIA A100-SXM4-40GB, 550.54.15\n"
SPECIFICATION = 'cdiVersion: "0.5.0"\nkind: "nvidia.com/gpu"\ndevices:\n- name: "0"\n'


def test_every_listed_device_is_known_by_its_number() -> None:
    assert parse_gpus(LISTED) == (
        Gpu(index="0", name="NVIDIA H100 80GB HBM3", driver="550.54.15"),
        Gpu(index="1", name="NVIDIA A100-SXM4-40GB", driver="550.54.15"),
    )


@pytest.mark.parametrize("printed", ["", "No devices were found\n", "NVIDIA-SMI has failed, since, of, the driver\n"])
def test_a_driver_that_lists_none_has_none(printed: str) -> None:
    assert parse_gpus(printed) == ()


def test_under_cdi_a_device_has_its_qualified_name() -> None:
    assert [one.index for one in by_cdi(parse_gpus(LISTED))] == ["nvidia.com/gpu=0", "nvidia.com/gpu=1"]


def test_cdi_is_there_where_a_specification_of_gpus_is(tmp_path: Path) -> None:
    other, absent = tmp_path / "other", tmp_path / "absent"
    other.mkdir()
    (other / "net.yaml").write_text('kind: "vendor.com/net"\n')
    assert not cdi_lists_gpus([absent, other])
    (other / "nvidia.yaml").write_text(SPECIFICATION)
    assert cdi_lists_gpus([absent, other])


@pytest.mark.parametrize(
    ("line", "used"), [(b"4", 4.0), (b" 81559 ", 81559.0), (b"[N/A]", None), (b"", None), (b"-1", None)]
)
def test_a_line_is_mebibytes_or_nothing(line: bytes, used: float | None) -> None:
    assert parse_used_mib(line) == used


def printing(script: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-u", "-c", script]


def test_the_peak_is_the_highest_of_all_lines_however_they_are_cut() -> None:
    show = "print(part, end='', flush=True); time.sleep(0.05)"
    script = f"import time\nfor part in ('12', '0\\n90', '0\\n[N/A]\\n7\\n'): {show}"
    watch = GpuMemory("nvidia.com/gpu=1", printing(script + "\ntime.sleep(60)"))
    try:
        end = time.monotonic() + 20
        while watch.peak_mib() != 900.0 and time.monotonic() < end:
            time.sleep(0.02)
        assert watch.peak_mib() == 900.0
    finally:
        watch.close()
    assert watch.peak_mib() == 900.0  # closed, and still known


def test_the_device_is_asked_for_by_its_number_under_cdi_too() -> None:
    script = "import sys; print(sys.argv[3].removeprefix('--id='), flush=True); import time; time.sleep(60)"
    watch = GpuMemory("nvidia.com/gpu=3", printing(script))
    try:
        end = time.monotonic() + 20
        while watch.peak_mib() is None and time.monotonic() < end:
            time.sleep(0.02)
        assert watch.peak_mib() == 3.0
    finally:
        watch.close()


def test_without_the_drivers_program_nothing_is_known() -> None:
    watch = GpuMemory("0", ["/no/such/program"])
    assert watch.peak_mib() is None
    watch.close()
