"""Is the unseen part unseen? Compares a warehouse's training part with its validation part, file by file."""

from nccid_eval.partition.leakage.audit import audit
from nccid_eval.partition.leakage.findings import Check, Findings, Leak, Status
from nccid_eval.partition.leakage.handed_in import leakage_of

__all__ = ["Check", "Findings", "Leak", "Status", "audit", "leakage_of"]
