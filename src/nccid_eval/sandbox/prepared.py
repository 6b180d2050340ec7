"""What a request needs of this machine before its first container: its input sealed, a name for its user."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from nccid_eval.engine import Engine
from nccid_eval.journal.owner import this_process
from nccid_eval.records import Bind, RunRequest
from nccid_eval.sandbox.passwd import CAP, with_user, write_passwd
from nccid_eval.sandbox.place import private_place
from nccid_eval.sandbox.policy import INPUT, PASSWD, labels_of, user_id
from nccid_eval.sandbox.sealed import LIST, SealedInput, sealed_input

GROUP = "/etc/group"
LOOK_S = 600  # a container that is only looked into is abandoned after so long


@contextmanager
def prepared(request: RunRequest, engine: Engine, say: Callable[[str], None]) -> Iterator[RunRequest]:
    """The request with its input sealed and mounted and a passwd file to bind, until the block ends.

    The sealed file is kept in `sealed/` beside the input's folder. Where sealing is not possible, or the engine does
    not see what is mounted here, the folder itself is bound; `say` is told. Raises ImageRefused for an image that
    would hold the engine at a start, SandboxError where the engine cannot be asked.
    """
    store = request.input_dir.parent / "sealed"
    with private_place() as place, sealed_input(request.input_dir, store, say) as given:
        files = _files(request, engine, given)
        content = with_user(files.get(PASSWD), user_id(request.run_id))
        passwd = write_passwd(content, place, may_mount=os.geteuid() == 0)
        if given.sha256 and f"{INPUT}/{LIST}" in files:
            yield replace(request, input_dir=given.folder, sealed=given.sha256, passwd=passwd)
            return
        if given.sha256:
            say("the input is not sealed: the engine does not see what is mounted here; its folder is bound as it is")
        yield replace(request, passwd=passwd)


def _files(request: RunRequest, engine: Engine, given: SealedInput) -> Mapping[str, bytes]:
    """The image's own users, and the list as the engine sees it. An engine that fails here is heard: it says nothing
    about what it would see."""
    return engine.files(
        request.image_id,
        (PASSWD, GROUP, f"{INPUT}/{LIST}"),  # the engine itself reads the first two at every start
        binds=(Bind(source=str(given.folder), target=INPUT, writable=False),),
        labels=labels_of(request, this_process(), int(time.time()) + LOOK_S),
        cap=CAP,
    )
