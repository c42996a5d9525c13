"""Runs one server and ends it when whoever asked for it is gone: `python -m mendline.embedded.keeper ORDER`.

Standard input is the lifeline: each byte is the number of a signal for the server, its end means that the
asking process is gone, however it went. Keeper and server hold the lock file until both have ended.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time

from mendline.embedded.order import LOCK_TAKEN, Order
from mendline.embedded.privileges import become, die_with_keeper

LIFELINE = 0
# A forked relative of the asking process may hold the lifeline open: look for the asking process itself, too.
LOOK_EVERY_S = 1.0
POLL_S = 0.02


def main() -> int:
    """Run the order of the command line to its end and return the server's exit status as a shell does."""
    asker = os.getppid()
    order = Order.from_argument(sys.argv[1])
    lock = os.open(order.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return LOCK_TAKEN
    ended = _wake_at_childs_end()
    server = _start(order, lock)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()} {server}\n".encode(), 0)
    os.write(1, f"{server}\n".encode())
    return _keep(server, order, asker, ended)


def _wake_at_childs_end() -> int:
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _start(order: Order, lock: int) -> int:
    keeper = os.getpid()
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # Forked and not spawned: the child has to change itself first, and this process has no other thread.
    child = os.fork()
    if child == 0:
        _turn_into_server(order, lock, log, keeper)
    return child


def _turn_into_server(order: Order, lock: int, log: int, keeper: int) -> None:
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.set_inheritable(lock, True)
        os.umask(0o077)
        if order.user is not None:
            become(order.user)
        die_with_keeper(keeper)
        os.execve(order.command[0], order.command, {"LC_ALL": "C.UTF-8", "PATH": os.defpath, **order.environment})
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(127)


def _keep(server: int, order: Order, asker: int, ended: int) -> int:
    while (status := _ended(server)) is None:
        ready, _, _ = select.select([LIFELINE, ended], [], [], LOOK_EVERY_S)
        if ended in ready:
            os.read(ended, 64)
        signals = os.read(LIFELINE, 64) if LIFELINE in ready else None
        if signals == b"" or os.getppid() != asker:
            return _end(server, order)
        for number in signals or b"":
            os.kill(server, number)
    return status


def _end(server: int, order: Order) -> int:
    os.kill(server, order.stop_signal)
    os.kill(server, signal.SIGCONT)
    give_up_at = time.monotonic() + order.patience_s
    while (status := _ended(server)) is None:
        if time.monotonic() > give_up_at:
            os.kill(server, signal.SIGKILL)
        time.sleep(POLL_S)
    return status


def _ended(server: int) -> int | None:
    done, status = os.waitpid(server, os.WNOHANG)
    if not done:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
