"""submission.toml and an image -> Submission and Image, checked before anything of the vendor's is loaded or run."""

from nccid_eval.submission.intake import admit
from nccid_eval.submission.manifest import load

__all__ = ["admit", "load"]
