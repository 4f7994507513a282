"""Steps that the tests of backups share."""

from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command


def told(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def backup(to: Path) -> Path:
    return Path(told("backup", to).rpartition(" (")[0])
