import os
import subprocess
import sys
from pathlib import Path

import environ
import psycopg2
import pytest

from mastery_hub import embedded
from mastery_hub.embedded import Failed, Keeper, Place
from tests import browser
from tests.plugin import redis_of_worker


@pytest.fixture
def keeper(tmp_path: Path):
    with Keeper(Place(tmp_path)) as keeper:
        yield keeper


def test_sockets_in_short_plain_folder() -> None:
    assert Place("/srv/checkout/var/demo").sockets == Path("/srv/checkout/var/demo/run")


@pytest.mark.parametrize("home", ["/srv/" + "long" * 30, "/srv/a checkout/var/demo", "/srv/a,b", "/srv/Schüler"])
def test_sockets_elsewhere_for_long_or_odd_folder(home: str) -> None:
    sockets = Place(home).sockets
    assert sockets.parent == Path("/tmp")
    assert len(f"{sockets}/.s.PGSQL.5432") <= 103
    assert sockets != Place(home + "2").sockets


@pytest.mark.parametrize("home", ["/srv/checkout/var/demo", "/srv/a checkout/var/demo"])
def test_database_url_names_socket_and_port(home: str) -> None:
    config = environ.Env.db_url_config(Place(home).database_url("mastery_hub"))
    assert (config["HOST"], config["PORT"], config["USER"], config["NAME"]) == (
        str(Place(home).sockets),
        5432,  # said, or PGPORT of whoever runs it would count
        "postgres",
        "mastery_hub",
    )


@pytest.mark.parametrize(
    ("url", "second"),
    [
        ("redis+socket:///srv/run/redis.sock?virtual_host=0", "redis+socket:///srv/run/redis.sock?virtual_host=2"),
        ("redis://127.0.0.1:6379/5", "redis://127.0.0.1:6379/7"),
    ],
)
def test_redis_of_worker_is_its_own(url: str, second: str) -> None:
    assert redis_of_worker(url, 0) == url
    assert redis_of_worker(url, 2) == second


def test_servers_named_by_environment_are_not_started(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    embedded.start_servers(keeper)
    assert list(keeper.processes) == []

    monkeypatch.delenv("REDIS_URL")
    embedded.start_servers(keeper)
    assert list(keeper.processes) == ["redis"]


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the server is not ours")
def test_postgres_has_the_extensions_and_sorts_alike_everywhere() -> None:
    place = Place(os.environ["EMBEDDED_DIR"])
    with (
        psycopg2.connect(host=str(place.sockets), user="postgres", dbname="postgres") as connection,
        connection.cursor() as sql,
    ):
        sql.execute("SELECT datlocprovider, datlocale, lower('ÉCOLE') FROM pg_database WHERE datname = 'postgres'")
        assert sql.fetchone() == ("b", "C.UTF-8", "école")
        sql.execute("SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'btree_gist')")
        assert sql.fetchone() == (2,)


def test_failure_shows_the_end_of_the_log(keeper: Keeper) -> None:
    keeper.start("web", [sys.executable, "-c", "raise SystemExit('no such module')"])
    with pytest.raises(Failed, match=r"^web did not start:\nno such module$"):
        keeper.wait_for("web", lambda: False)


def test_missing_redis_is_one_sentence(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Failed, match=r"^Redis is missing: install redis-server or valkey-server, or set REDIS_URL"):
        embedded.start_redis(keeper)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 1, 1)
    with pytest.raises(Failed, match=r"belongs to another user \(was it made with sudo\?\)"):
        Keeper(Place(tmp_path))


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_missing_browser_fails_only_in_ci(ci: str, status: int) -> None:
    environment = {**os.environ, "CHROMIUM": "/nowhere/chromium", "CI": ci}
    found = subprocess.run([sys.executable, "-m", "tests.browser"], env=environment, capture_output=True, text=True)
    assert found.stderr == f"{browser.MISSING}\n"
    assert found.returncode == status
