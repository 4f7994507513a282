import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from mastery_hub.celery import app
from mastery_hub.embedded import Keeper, Place
from tests import browser, template
from tests.sloppiness import network_closed, queries_a_row_refused, ties_shuffled

hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None)  # `make soak`


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        template.template_use()


@pytest.fixture(scope="session", autouse=True)
def no_sloppiness(pytestconfig: pytest.Config) -> Iterator[None]:
    if pytestconfig.option.markexpr == "bench":  # whose times would tell of shuffling and watching
        with network_closed():
            yield
        return
    queries_a_row_refused()
    with network_closed(), ties_shuffled():
        yield


@pytest.fixture(autouse=True)
def private_root(settings: Any, tmp_path: Path) -> Path:
    """A test's files are its own: no other worker of the run sees them."""
    settings.PRIVATE_ROOT = tmp_path / "files"
    return settings.PRIVATE_ROOT


@pytest.fixture
def worker_start(tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a real worker in a process of its own, on this test's database: `worker_start(EMAIL_URL="smtp://…")`."""
    keeper = Keeper(Place(tmp_path / "worker"))
    app.control.purge()
    url = urlsplit(os.environ.get("DATABASE_URL") or settings.PLACE.database_url())
    path = f"{url.path.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    command = "celery --app=mastery_hub worker --pool=threads --concurrency=2 --without-mingle --loglevel=INFO"

    def start(**environment: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DATABASE_URL": url._replace(path=path).geturl(), **environment}
        keeper.start("worker", [sys.executable, "-m", *command.split()], cwd=settings.BASE_DIR, env=environment)
        keeper.wait_for("worker", lambda: "ready." in keeper.tail("worker"))
        return keeper.processes["worker"]

    yield start
    keeper.stop()


@pytest.fixture
def celery_worker(worker_start: Callable[..., subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    return worker_start()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browser.find()
    if not path:
        pytest.fail(browser.MISSING) if browser.in_ci() else pytest.skip(browser.MISSING)
    if node := browser.node():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of a running site with its styles and scripts, which emails link to as well."""
    call_command("build_assets", stdout=io.StringIO())
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def browse(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens a window for one more person: `browse(width=360)`. Paths start at the site.

    What a page logs as an error, and any answer that blames the server, fails the test at its end.
    """
    contexts, complaints = [], []

    def logged(line: ConsoleMessage) -> None:
        page_refused = (
            line.text.startswith("Failed to load resource") and line.page and line.location["url"] == line.page.url
        )
        if line.type == "error" and not page_refused:  # a 403 or 404 may be what the test came for
            complaints.append(f"{line.location['url']}: {line.text}")

    def window(width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = chromium.new_context(base_url=site, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.on("console", logged)
        context.on("weberror", lambda thrown: complaints.append(f"{thrown.error}"))
        context.on(
            "response", lambda answer: answer.status >= 500 and complaints.append(f"{answer.status} {answer.url}")
        )
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(browse: Callable[..., Page]) -> Page:
    return browse()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fails with a readable list when a page has accessibility violations."""
    script = Path(settings.BASE_DIR, "static", "node_modules", "axe-core", "axe.min.js")

    def check(page: Page) -> None:
        page.evaluate(script.read_text())
        violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        if violations:
            pytest.fail("\n".join([f"{page.url} is not accessible:", *map(readable, violations)]), pytrace=False)

    return check


def readable(violation: dict[str, Any]) -> str:
    places = [f"    {node['target']}: {node['failureSummary']}" for node in violation["nodes"]]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *places])
