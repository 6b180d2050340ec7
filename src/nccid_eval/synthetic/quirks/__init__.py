"""The quirks of NCCID files: tables of rows by what they touch, and how they strike a patient's draft."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks import (
    broken,
    codes,
    dates,
    files,
    headers,
    images,
    leaks,
    outcomes,
    pictures,
    series,
    values,
)
from nccid_eval.synthetic.quirks.row import Quirk
from nccid_eval.synthetic.sampling import stream

# In the order in which they strike: values before the files that hold them, copies after what they are copies of.
TABLES: Mapping[str, tuple[Quirk, ...]] = {
    "dates": dates.ROWS,
    "codes": codes.ROWS,
    "values": values.ROWS,
    "outcomes": outcomes.ROWS,
    "clinical files": files.ROWS,
    "headers of the form": headers.ROWS,
    "images": images.ROWS,
    "pictures": pictures.ROWS,
    "files": broken.ROWS,
    "series": series.ROWS,
    "leaks": leaks.ROWS,
}
QUIRKS = tuple(quirk for rows in TABLES.values() for quirk in rows)
Odds = Mapping[str, float]
USUAL: Odds = {quirk.name: quirk.probability for quirk in QUIRKS}


def apply_quirks(draft: Draft, seed: int, odds: Odds = USUAL) -> Draft:
    """Let each quirk strike or not, by its probability in `odds` (none: 0).

    Each has its own random stream: leaving one out does not move the others.
    """
    for quirk in QUIRKS:
        probability = odds.get(quirk.name, 0.0)
        if probability and quirk.applies(draft):
            rng = stream(seed, draft.patient.index, zlib.crc32(quirk.name.encode()))
            if rng.random() < probability:
                draft = replace(quirk.change(draft, rng), quirks=(*draft.quirks, quirk.name))
    return draft
