"""Outlive the owner of a stack by a moment: when it is gone without a goodbye, stop its servers.

The kernel's own way (PR_SET_PDEATHSIG) is tied to the thread that forked, is lost when a server changes its user, and
exists on Linux only. Run as `python -m infra.local.guardian <folder> <pid of the owner>`.
"""

import os
import sys
import time
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.25


def watch(folder: Path, owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_LOOK_EVERY_SECONDS)
    # Imported late, to cost nothing while the stack starts.
    from infra.local.leftovers import stop_leftovers  # noqa: PLC0415
    from infra.local.state import FolderLock, StackState  # noqa: PLC0415

    lock = FolderLock(folder)
    if lock.try_acquire(role="guardian"):
        stop_leftovers(StackState(folder))
        lock.release()
    # Else a new owner was faster, and tidies up itself.


if __name__ == "__main__":
    watch(Path(sys.argv[1]), int(sys.argv[2]))
