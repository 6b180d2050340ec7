"""A model of few lines and no library: the mean brightness of an image's outer parts, over nccid-stdio/1.

It runs in a container, where cases lie under /input, and as a plain process, where NCCID_INPUT names their folder.
BEHAVIOUR makes it misbehave: on some of its cases (is_chosen); on each (crash), or on each but the first (later); or
by letting its score depend on how many cases came before (order). SEEN names a file to which it adds what it finds as
its input.
"""

import json
import os
import struct
import sys
import time
import zlib
from pathlib import Path

BEHAVIOUR = os.environ.get("BEHAVIOUR", "")
INPUT = Path(os.environ.get("NCCID_INPUT", "/input"))
LONG = (b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN", b"UC", b"UR", b"OD", b"OL", b"OV", b"SV", b"UV")


def elements(data):
    """(tag, value) of an Explicit VR Little Endian file, as far as its pixels; no nested sequences are handed out."""
    at = 132
    while at < len(data):
        group, element, vr = struct.unpack_from("<HH2s", data, at)
        wide = vr in LONG
        (size,) = struct.unpack_from("<I" if wide else "<H", data, at + (8 if wide else 6))
        at += 12 if wide else 8
        yield (group, element), data[at : at + size]
        at += size


def score(path):
    tags = dict(elements(path.read_bytes()))
    number = lambda tag: struct.unpack("<H", tags[tag][:2])[0]  # noqa: E731
    bits, stored = number((0x28, 0x100)), number((0x28, 0x101))
    pixels = memoryview(tags[(0x7FE0, 0x10)]).cast("H" if bits == 16 else "B")
    mean = sum(pixels[::7]) / len(pixels[::7]) / (2**stored - 1)
    return 1 - mean if tags[(0x28, 4)].strip(b" \0") == b"MONOCHROME1" else mean


def is_chosen(path):
    """By the pixels, as names may change; a single case of the rehearsal, and not the canary, has this remainder."""
    return zlib.crc32(dict(elements(path.read_bytes()))[(0x7FE0, 0x10)]) % 7 == 5


def answer(case, before):
    if BEHAVIOUR == "crash" or (BEHAVIOUR == "later" and before):
        sys.exit(f"no \x1b[31mkernel\x1b[0m image for {case['case']}")
    if BEHAVIOUR == "order":
        return {
            "case": case["case"],
            "score": round(min(1, score(INPUT / case["case"] / "0000.dcm") + before / 1000), 6),
        }
    if BEHAVIOUR and is_chosen(INPUT / case["case"] / "0000.dcm"):
        if BEHAVIOUR == "decline":
            return {"case": case["case"], "error": "unreadable"}
        if BEHAVIOUR == "exit":
            sys.exit(3)
        if BEHAVIOUR == "hang":
            time.sleep(3600)
        if BEHAVIOUR == "nan":
            return {"case": case["case"], "score": float("nan")}
        if BEHAVIOUR == "rubbish":
            print("loading weights …", flush=True)
    return {"case": case["case"], "score": round(score(INPUT / case["case"] / "0000.dcm"), 6)}


def main():
    time.sleep(float(os.environ.get("SLOW_START", "0")))
    if seen := os.environ.get("SEEN"):
        with Path(seen).open("a") as file:
            file.write("".join(f"{path.name}\n" for path in INPUT.iterdir()))
    before = 0
    print(json.dumps({"ready": True, "protocol": "nccid-stdio/1", "max_batch": 4}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        time.sleep(float(os.environ.get("SLOW", "0")))
        results = [answer(case, before + place) for place, case in enumerate(request["cases"])]
        before += len(results)
        print(json.dumps({"request": request["request"], "results": results}), flush=True)


if __name__ == "__main__":
    main()
