"""What a container engine can do and did, behind one Protocol; the only door to `docker`."""

from nccid_eval.engine.gpu import Gpu
from nccid_eval.engine.protocol import Channel, Container, Ended, Engine, Found, Polled

__all__ = ["Channel", "Container", "Ended", "Engine", "Found", "Gpu", "Polled", "connect"]


def connect(address: str | None) -> Engine:
    """The container engine at `address` (as DOCKER_HOST), or the local Docker. Raises EngineUnavailable."""
    from nccid_eval.engine.docker import DockerEngine

    return DockerEngine(address)
