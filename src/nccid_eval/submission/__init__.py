"""submission.toml and an image -> Submission and Image, checked before anything of the vendor's is loaded or run."""

from nccid_eval.submission.intake import admit, admitted
from nccid_eval.submission.manifest import load
from nccid_eval.submission.scan import scan
from nccid_eval.submission.unchanged import still_the_same

__all__ = ["admit", "admitted", "load", "scan", "still_the_same"]
