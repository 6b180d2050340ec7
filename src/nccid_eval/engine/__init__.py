"""What a container engine can do and did, behind one Protocol; the only door to `docker`."""

from nccid_eval.engine.gpu import Gpu
from nccid_eval.engine.protocol import Channel, Container, Ended, Engine, Found, Polled

__all__ = ["Channel", "Container", "Ended", "Engine", "Found", "Gpu", "Polled", "connect"]


def connect(address: str | None) -> Engine:
    """The engine at `address` (as DOCKER_HOST), Docker or Podman as it says itself, or the local Docker.

    Raises EngineUnavailable.
    """
    from nccid_eval.engine.docker import DockerEngine

    engine = DockerEngine(address)
    if "podman engine" not in engine.versions():
        return engine
    engine.close()
    from nccid_eval.engine.podman import PodmanEngine

    return PodmanEngine(address)
