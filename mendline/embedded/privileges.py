"""What a server does to itself before its exec: fewer rights, and no life without its keeper."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

# Numbers of prctl(2) and capabilities(7).
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION = 0x20080522


def die_with_keeper(keeper: int) -> None:
    """Have the kernel kill this process when `keeper`, its parent, is gone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != keeper:
        os._exit(1)


def become(user: str) -> None:
    """Go on as `user`, with one right of root's: to pass folders closed to others (as /root is)."""
    account = pwd.getpwnam(user)
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if sys.platform == "linux":
        # Containers often lack the first, which only reads. Without both, folders have to be open to others.
        any(_keep(libc, capability) for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE))


def _keep(libc: ctypes.CDLL, capability: int) -> bool:
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    # Effective, permitted, inheritable; the second half holds capabilities from number 32 on.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, sets) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)
