"""nccid_eval: performance assessment of COVID-19 chest-imaging AI on unseen NCCID images."""

from importlib.metadata import version

__version__ = version("nccid-eval")
