"""View and body part from what sites typed. Whole words are matched: LANDSCAPE holds "AP" and PAED holds "PA"."""

from __future__ import annotations

import re
from collections.abc import Sequence


def tokens(text: str) -> frozenset[str]:
    """The words of a free text in capitals, cut at everything that is neither letter nor digit."""
    return frozenset(re.findall(r"[A-Z0-9]+", text.upper()))


_LATERAL = tokens(
    "LAT LATERAL LATERALS LL RL LLAT RLAT LATL LATR LLD RLD DECUB DECUBITUS OBL OBLIQUE LAO RAO LPO RPO LORDOTIC"
)
_CHEST = tokens("CHEST THORAX TORAX CXR LUNG LUNGS HRCT CTPA CAP TAP")
_ELSEWHERE = tokens(
    """ABDOMEN ADDOMEN ABDO ABD ABDOMINAL KUB RENAL KIDNEY PELVIS PELVIC HIP HIPS SPINE CSPINE TSPINE LSPINE CERVICAL
    LUMBAR NECK SKULL HEAD FACE FACIAL SINUS SINUSES MANDIBLE TEETH DENTAL SHOULDER CLAVICLE SCAPULA HUMERUS ELBOW
    FOREARM WRIST HAND FINGER THUMB FEMUR KNEE LEG TIBIA FIBULA ANKLE FOOT FEET TOE HEEL CALCANEUS EXTREMITY RIB RIBS
    STERNUM BREAST PHANTOM BRAIN LIVER"""
)


def frontal_view(view_position: str, descriptions: Sequence[str]) -> str:
    """'AP', 'PA', or '' where neither or both are said. ViewPosition counts before the descriptions."""
    for text in (view_position, *descriptions):
        said = tokens(text) & {"AP", "PA"}
        if len(said) == 1:
            return next(iter(said))
    return ""


def is_lateral(view_position: str, descriptions: Sequence[str], orientation: Sequence[str], view: str) -> bool:
    """True for laterals, decubitus and oblique views.

    `orientation` is PatientOrientation, asked only where no view is said: rows that run to A or P are a lateral's.
    """
    if any(tokens(text) & _LATERAL for text in (view_position, *descriptions)):
        return True
    return not view and bool(orientation) and orientation[0][:1].upper() in ("A", "P")


def is_elsewhere(texts: Sequence[str]) -> bool:
    """True where one of the texts names another part of the body and does not name the chest beside it."""
    words = [tokens(text) for text in texts]
    return any(said & _ELSEWHERE and not said & _CHEST for said in words)


def is_series_elsewhere(description: str, others: Sequence[str]) -> bool:
    """The same for a CT or MR series, whose own description decides before those of its study.

    A study of chest and abdomen is filed under either part, so the study's texts are heard together.
    """
    own, study = tokens(description), frozenset[str]().union(*map(tokens, others))
    if own & (_CHEST | _ELSEWHERE):
        return not own & _CHEST
    return bool(study & _ELSEWHERE) and not study & _CHEST
