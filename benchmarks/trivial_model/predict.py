"""The smallest model there can be: reads each file of a case, takes as long as /input/seconds says, and answers."""

import json
import os
import sys
import time

ROOT = os.environ.get("NCCID_INPUT", "/input")


def score(case: str, seconds: float) -> float:
    with open(f"{ROOT}/{case}/0000.dcm", "rb") as file:  # noqa: PTH123 - as quick as it can be
        file.read()
    if seconds:
        time.sleep(seconds)
    return 0.5


def main() -> None:
    with open(f"{ROOT}/seconds") as file:  # noqa: PTH123
        seconds = float(file.read())
    print(json.dumps({"ready": True, "protocol": "nccid-stdio/1"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        results = [{"case": one["case"], "score": score(one["case"], seconds)} for one in request["cases"]]
        print(json.dumps({"request": request["request"], "results": results}), flush=True)


if __name__ == "__main__":
    main()
