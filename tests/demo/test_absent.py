"""None of the demo exists elsewhere: asked of processes of their own, as the settings are read once a process."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

QUESTIONS = """
import json, django
django.setup()
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve
from django.utils import timezone
from mastery_hub.common import clock
def found(path):
    try:
        return bool(resolve(path))
    except Resolver404:
        return False
print(json.dumps({
    "app": apps.is_installed("mastery_hub.demo"),
    "addresses": [found(path) for path in ("/demo/", "/demo/mailbox/", "/demo/clock/", "/demo/sign-in/hub-lead/")],
    "commands": sorted({"demo", "load_demo"} & get_commands().keys()),
    "middleware": [name for name in settings.MIDDLEWARE if "demo" in name],
    "moved": abs((clock.now() - timezone.now()).total_seconds()) > 60,
    "keeps secrets": settings.KEEP_SECRETS,
}))
"""
PRODUCTION = {
    "MODE": "production",
    "SECRET_KEY": "for-a-test-" + "x" * 50,
    "SITE_URL": "https://mastery.example.org",
    "ALLOWED_HOSTS": "mastery.example.org",
    "DATABASE_URL": "postgres://somebody:secret@db.example.org/mastery",
    "REDIS_URL": "redis://redis.example.org/0",
    "EMAIL_URL": "smtp+tls://somebody:secret@mail.example.org:587",
    "PRIVATE_ROOT": "/srv/files",
}
ABSENT = {
    "app": False, "addresses": [False] * 4, "commands": [], "middleware": [], "moved": False, "keeps secrets": False,
}  # fmt: skip
PRESENT = {
    "app": True, "addresses": [True] * 4, "commands": ["demo", "load_demo"],
    "middleware": ["mastery_hub.demo.middleware.LoopbackOnlyMiddleware"], "moved": True, "keeps secrets": True,
}  # fmt: skip


@pytest.mark.parametrize(("mode", "expected"), [(PRODUCTION, ABSENT), ({"MODE": "demo"}, PRESENT)])
def test_demo_exists_in_its_own_mode_only(tmp_path: Any, mode: dict[str, str], expected: dict[str, Any]) -> None:
    (tmp_path / "clock").write_text("86400")
    others = {name: value for name, value in os.environ.items() if name not in PRODUCTION}
    environment = others | {"DJANGO_SETTINGS_MODULE": "mastery_hub.settings", "EMBEDDED_DIR": str(tmp_path)} | mode

    told = subprocess.run(
        [sys.executable, "-c", QUESTIONS], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == expected
