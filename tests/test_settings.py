"""Production starts with every value set, says which one is missing, and passes Django's own deployment checks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "".join(map(chr, range(33, 127))),
    "SITE_URL": "https://mastery.example",
    "ALLOWED_HOSTS": "mastery.example",
    "DATABASE_URL": "postgres://hub:secret@db/hub",
    "REDIS_URL": "redis://broker",
    "EMAIL_URL": "smtp+tls://hub:secret@mail:587",
    "PRIVATE_ROOT": "/srv/files",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "mastery_hub.settings", **environment}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_production_passes_djangos_checks() -> None:
    """Subdomains and browsers' preload lists are for whoever owns the domain to decide, as is a virus scanner."""
    checked = run("manage.py", "check", "--deploy", **PRODUCTION)
    assert (checked.returncode, sorted(re.findall(r"\(([a-z_]+\.[A-Z]\d+)\)", checked.stderr))) == (
        0,
        ["files.W001", "security.W005", "security.W021"],
    )


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_without_a_value_says_which(missing: str) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    started = run("-c", "import mastery_hub.settings", **given)
    assert started.returncode == 1
    assert started.stderr.splitlines()[-1].startswith(
        f"django.core.exceptions.ImproperlyConfigured: {missing} is not set: "
    )


def test_unknown_mode_is_refused() -> None:
    started = run("-c", "import mastery_hub.settings", **PRODUCTION, MODE="demo ")
    assert started.stderr.splitlines()[-1].endswith("MODE is 'demo ': set it to production, demo or test.")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000.5", "9" * 5000, ""])
def test_odd_port_stops_the_demo_with_one_sentence(port: str) -> None:
    started = run("manage.py", "demo", MODE="demo", PORT=port)
    assert started.returncode == 1
    assert started.stderr == f"PORT is {port!r}: give a number from 1 to 65535, such as 8000.\n"


@pytest.mark.parametrize(
    ("module", "limits"),
    [
        ("mastery_hub.wsgi", "-c statement_timeout=9s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"),
        ("mastery_hub.celery", None),
    ],
)
def test_only_web_requests_have_a_limit(module: str, limits: str | None) -> None:
    """A migration or an import may take its time."""
    told = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'].get('options'))"
    started = run("-c", f"import {module}; {told}", **PRODUCTION, STATEMENT_SECONDS="9")
    assert started.stdout.strip() == str(limits)


def test_database_address_may_say_more() -> None:
    url = "postgres://hub:secret@db/hub?sslmode=require&connect_timeout=3"
    told = "import mastery_hub.settings as s; print(s.DATABASES['default']['OPTIONS'])"
    options = run("-c", told, **PRODUCTION | {"DATABASE_URL": url}).stdout
    assert "'sslmode': 'require'" in options
    assert "'connect_timeout': 3" in options
