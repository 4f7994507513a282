"""Named in pytest's options, so that it runs before the settings load: one PostgreSQL and one Redis a run.

The workers of a run share them: each has a database (see tests.template) and a Redis database of its own.
"""

import os
import re
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from mastery_hub import embedded

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
OURS = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "EMAIL_URL",
    "EMAIL_FROM",
    "TRUSTED_PROXY",
    "PRIVATE_ROOT",
    "VIRUS_SCANNER",
    "PORT",
    "LOG_LEVEL",
    "PULSE_FILE",
)


def keeper_new() -> embedded.Keeper:
    try:
        return embedded.Keeper(embedded.Place(ROOT / "var" / "test"))
    except embedded.Failed:  # another run holds it: this one gets a cluster that goes when it ends
        return embedded.Keeper(embedded.Place(tempfile.mkdtemp(prefix="mastery-hub-test-")), temporary=True)


def redis_of_worker(url: str, number: int) -> str:
    """The database `number` after the one that the address names."""
    return re.sub(r"(?:(?<=virtual_host=)|(?<=\d/))\d+$", lambda found: str(int(found[0]) + number), url)


for name in OURS:
    os.environ.pop(name, None)
os.environ["MODE"] = "test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in the thread of the test
output = os.dup(1)  # pytest captures the first
keeper = None if WORKER else keeper_new()
redis_of_user = os.environ.get("REDIS_URL")
if keeper:
    os.environ["EMBEDDED_DIR"] = str(keeper.place.home)
    os.environ.setdefault("REDIS_URL", keeper.place.redis_url)
else:
    os.environ["REDIS_URL"] = redis_of_worker(os.environ["REDIS_URL"], int(WORKER.removeprefix("gw")))


def end_when_abandoned(output: int) -> None:
    while not embedded.abandoned(output):
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def pytest_configure(config: pytest.Config) -> None:
    if not keeper:
        return
    try:
        if not os.environ.get("DATABASE_URL"):
            embedded.start_postgres(keeper, *embedded.UNSAFE_BUT_FAST)
        if not redis_of_user:
            embedded.start_redis(keeper)
    except embedded.Failed as failed:
        keeper.stop()
        raise pytest.UsageError(str(failed)) from None
    threading.Thread(target=end_when_abandoned, args=[output], daemon=True).start()


def pytest_unconfigure() -> None:
    if keeper:
        keeper.stop()
