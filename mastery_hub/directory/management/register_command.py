"""What the commands share that import the register's files: a bar on a terminal, a summary, the rejected lines."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import ImportKind
from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.services.register import register_import

SHOWN = 20  # rejected lines told here; the import's page has them all


class RegisterCommand(BaseCommand):
    kind: ImportKind

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the extract as CSV, in Windows-1252 or UTF-8")
        parser.add_argument("--force", action="store_true", help="even with fewer than half the usual rows")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with tqdm(total=file.stat().st_size, desc="Reading", unit="B", unit_scale=True, disable=None) as bar:
            try:
                made = register_import(
                    path=file,
                    by=get_user_model().objects.system(),
                    kind=self.kind,
                    forced=force,
                    told=lambda read: bar.update(read - bar.n),
                )
            except DomainError as error:
                hint = " If that is right, add --force." if error.code == "too-few" else ""
                raise CommandError(error.message + hint) from error
        self.report(made)

    def report(self, made: RegisterImport) -> None:
        for label, count in made.counts.items():
            self.stdout.write(f"{label:<16}{count:>7,}")
        for name in made.new_authorities:
            self.stdout.write(f"New authority: {name}. No hub has it yet.")
        for line, urn, reason in made.rejections[:SHOWN]:
            self.stdout.write(f"Line {line}{f' (URN {urn})' if urn else ''}: {reason}")
        if made.rejected > SHOWN:
            self.stdout.write(f"… and {made.rejected - SHOWN:,} more: see the import's page.")
