"""RunRequest -> SandboxRun: a vendor's container, held in, asked every case, and blamed only for what it did."""

from nccid_eval.sandbox.facts import sandbox_run
from nccid_eval.sandbox.policy import choose_gpu
from nccid_eval.sandbox.prepared import prepared
from nccid_eval.sandbox.reaper import reap
from nccid_eval.sandbox.reasons import MEANINGS, Reason, told
from nccid_eval.sandbox.runner import execute
from nccid_eval.sandbox.sealed import sealed_input
from nccid_eval.sandbox.seccomp import digest, load_profile

__all__ = [
    "MEANINGS",
    "Reason",
    "choose_gpu",
    "digest",
    "execute",
    "load_profile",
    "prepared",
    "reap",
    "sandbox_run",
    "sealed_input",
    "told",
]
