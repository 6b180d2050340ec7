"""An example of nccid-batch/1: reads the list of cases, writes a line for each, and leaves with exit status 0.

The model in it is a stand-in of few lines and no library (how bright an image is); put yours into `score`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

LIST = Path("/input/cases.json")
PREDICTIONS = Path("/output/predictions.jsonl")
LONG = (b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN", b"UC", b"UR", b"OD", b"OL", b"OV", b"SV", b"UV")


def main() -> None:
    cases = json.loads(LIST.read_text())["cases"]  # these alone: what else lies under /input is not asked
    with PREDICTIONS.open("w", encoding="ascii") as file:
        for case in cases:
            result = {"case": case["case"], **judge(Path(case["dir"]), case["files"])}
            file.write(json.dumps(result, allow_nan=False) + "\n")
            file.flush()  # what is written when the time is up counts


def judge(folder: Path, files: int) -> dict[str, object]:
    """One result. A case of several radiographs gets its highest score."""
    try:
        return {"score": max(score(folder / f"{number:04}.dcm") for number in range(files))}
    except (OSError, KeyError, ValueError, struct.error):
        return {"error": "unreadable"}  # better than to leave: the cases that follow would be lost too


def score(path: Path) -> float:
    """Mean brightness of an uncompressed image, in [0, 1]."""
    tags = dict(elements(path.read_bytes()))
    (allocated,) = struct.unpack("<H", tags[0x28, 0x100])
    (stored,) = struct.unpack("<H", tags[0x28, 0x101])
    pixels = memoryview(tags[0x7FE0, 0x10]).cast("H" if allocated == 16 else "B")[::7]
    mean = sum(pixels) / len(pixels) / (2**stored - 1)
    inverted = tags[0x28, 0x4].strip(b" \0") == b"MONOCHROME1"
    return min(1.0, max(0.0, 1 - mean if inverted else mean))


def elements(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Tags and values of an Explicit VR Little Endian file, the only kind that is handed out."""
    at = 132
    while at < len(data):
        group, element, representation = struct.unpack_from("<HH2s", data, at)
        wide = representation in LONG
        (size,) = struct.unpack_from("<I" if wide else "<H", data, at + (8 if wide else 6))
        at += 12 if wide else 8
        yield (group, element), data[at : at + size]
        at += size


if __name__ == "__main__":
    main()
