"""Answers requests of nccid-stdio/1: one JSON object a line, over standard input and output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

MAX_BATCH = 16


def private_streams() -> tuple[TextIO, TextIO]:
    """Keep the protocol's two streams for ourselves: what a library prints goes to standard error instead."""
    requests = os.fdopen(os.dup(0), "r", encoding="ascii")
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def main() -> None:
    requests, answers = private_streams()
    import network
    import torch  # only now: an import may print
    from images import SIDE

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.deterministic = True
    model = network.load(Path(__file__).with_name("weights.pt")).to(device)

    def score(pictures: torch.Tensor) -> list[float]:
        with torch.inference_mode():
            logits = model(pictures[:, None].to(device, torch.float64))
        return [float(one) for one in torch.sigmoid(logits[:, 0]).cpu()]

    for size in (1, MAX_BATCH):  # the first pass of a size is slow
        score(torch.zeros(size, SIDE, SIDE))
    say(answers, {"ready": True, "protocol": "nccid-stdio/1", "max_batch": MAX_BATCH})
    for line in requests:
        request = json.loads(line)
        say(answers, {"request": request["request"], "results": judge(request["cases"], score)})


def judge(cases: list[dict[str, Any]], score: Any) -> list[dict[str, Any]]:
    """One result a case. A case of several radiographs gets its highest score."""
    import torch

    pictures: list[torch.Tensor] = []
    owner: list[str] = []
    errors: dict[str, str] = {}
    for case in cases:
        read, error = read_case(Path(case["dir"]), int(case["files"]))
        pictures += read
        owner += [case["case"]] * len(read)
        errors[case["case"]] = error
    best: dict[str, float] = {}
    try:
        for start in range(0, len(pictures), MAX_BATCH):
            part = slice(start, start + MAX_BATCH)
            for name, value in zip(owner[part], score(torch.stack(pictures[part])), strict=True):
                best[name] = max(value, best.get(name, 0.0))
    except RuntimeError as cause:
        print(f"scoring failed: {cause}", file=sys.stderr)
        return [{"case": case["case"], "error": "failed"} for case in cases]
    return [result(case["case"], best, errors) for case in cases]


def read_case(folder: Path, files: int) -> tuple[list[Any], str]:
    """The readable frontal radiographs of a case, and why there are none where there are none."""
    from images import OutOfScope, Unreadable, read_radiograph

    pictures, error = [], "out_of_scope"
    for number in range(files):
        try:
            pictures.append(read_radiograph(folder / f"{number:04d}.dcm"))
        except OutOfScope:
            continue
        except Unreadable as cause:
            error = "unreadable"
            print(f"{folder.name}: {cause}", file=sys.stderr)
    return pictures, error


def result(case: str, best: dict[str, float], errors: dict[str, str]) -> dict[str, Any]:
    return {"case": case, "score": best[case]} if case in best else {"case": case, "error": errors[case]}


def say(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
