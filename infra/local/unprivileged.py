"""Run PostgreSQL as somebody else than root, which it refuses to be: the two ways, and the choice between them.

1. A user namespace: the server sees itself as an ordinary user while the files stay root's own, so a project folder
   below /root or with mode 700 works. Linux only, and most container engines forbid it.
2. A numeric user without rights who owns the data folder. Every folder above it must let him pass.

As a script this module is the first way: it enters a user namespace and becomes the command that follows.
"""

import ctypes
import os
import pwd
import stat
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, NoReturn

_CLONE_NEWUSER = 0x10000000
_UID_INSIDE = 1000
_NOBODY = 65_534


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs the command: a prefix of the command line, and a numeric user to change to, or neither."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    SELF: ClassVar["Identity"]

    def owner(self) -> int:
        """The user who has to own the data folder, seen from outside."""
        return os.geteuid() if self.user is None else self.user


Identity.SELF = Identity()


@cache
def identity_for(executable: str) -> Identity:
    """Ourselves when we are not root; else the first way that can run the executable. LookupError when none can."""
    if os.geteuid() != 0:
        return Identity.SELF
    in_namespace = Identity(prefix=(sys.executable, "-I", "-S", str(Path(__file__).absolute())))
    as_nobody = Identity(user=_nobody())
    for identity in (in_namespace, as_nobody):
        if _can_run(identity, executable):
            return identity
    raise LookupError(executable)


def blocking_folder(path: Path) -> Path | None:
    """The first folder above path through which a user without rights cannot pass."""
    for parent in reversed(path.absolute().parents):
        if not parent.stat().st_mode & stat.S_IXOTH:
            return parent
    return None


def give(folder: Path, owner: int) -> None:
    """Make the folder and all in it the owner's, unless it is already."""
    if folder.stat().st_uid == owner:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, owner, follow_symlinks=False)


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return _NOBODY


def _can_run(identity: Identity, executable: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            (*identity.prefix, executable, "--version"),
            user=identity.user,
            group=identity.user,
            extra_groups=None if identity.user is None else [],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _become(command: list[str]) -> NoReturn:
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        sys.exit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_UID_INSIDE} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_UID_INSIDE} {gid} 1")
    os.execv(command[0], command)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    _become(sys.argv[1:])
