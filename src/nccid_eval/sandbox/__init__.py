"""RunRequest -> SandboxRun: a vendor's container, held in, asked every case, and blamed only for what it did."""

from nccid_eval.sandbox.facts import sandbox_run
from nccid_eval.sandbox.policy import choose_gpu
from nccid_eval.sandbox.reaper import reap
from nccid_eval.sandbox.runner import execute

__all__ = ["choose_gpu", "execute", "reap", "sandbox_run"]
