"""Answers requests of nccid-stdio/1: one JSON object a line, over standard input and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

MAX_BATCH = 8
Score = Callable[[Any], list[float]]


def main() -> None:
    requests, answers = own_streams()
    score = ready_model()
    print(json.dumps({"ready": True, "protocol": "nccid-stdio/1", "max_batch": MAX_BATCH}), file=answers)
    for line in requests:
        request = json.loads(line)
        results = [judged(case, score) for case in request["cases"]]
        print(json.dumps({"request": request["request"], "results": results}), file=answers)


def own_streams() -> tuple[TextIO, TextIO]:
    """The protocol's two streams under new numbers; what a library prints goes to standard error."""
    requests = os.fdopen(os.dup(0), "r", encoding="ascii")
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def ready_model() -> Score:
    """The network, warmed up."""
    import network
    import torch  # only now: an import may print
    from images import SIDE

    torch.set_num_threads(1)  # so small a network waits longer for its threads than it computes
    model = network.load(Path(__file__).with_name("weights.pt"))

    def score(pictures: torch.Tensor) -> list[float]:
        with torch.inference_mode():
            return [float(one) for one in torch.sigmoid(model(network.seen(pictures))[:, 0])]

    score(torch.zeros(1, SIDE, SIDE, dtype=torch.uint8))
    return score


def judged(case: dict[str, Any], score: Score) -> dict[str, Any]:
    """A case's mean score over its frontal radiographs, or why there is none.

    Each case is scored by itself, so that its score does not depend on those that it was asked with.
    """
    import torch

    read = list(radiographs(Path(case["dir"]), int(case["files"])))
    pictures = [one for one in read if not isinstance(one, str)]
    if not pictures:
        return {"case": case["case"], "error": "unreadable" if "unreadable" in read else "out_of_scope"}
    try:
        scores = score(torch.stack(pictures))
    except RuntimeError as cause:
        print(f"scoring failed: {cause}", file=sys.stderr)
        return {"case": case["case"], "error": "failed"}
    return {"case": case["case"], "score": sum(scores) / len(scores)}


def radiographs(folder: Path, files: int) -> Iterator[Any]:
    """Each file's picture, or the word for why it has none."""
    from images import Refused, read_radiograph

    for number in range(files):
        try:
            yield read_radiograph(folder / f"{number:04d}.dcm")
        except Refused as reason:
            yield str(reason)


if __name__ == "__main__":
    main()
