from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.services.register import register_import

SHOWN = 20  # rejected lines told here; the import's page has them all


class Command(BaseCommand):
    help = "Imports the schools register's daily extract (GIAS, edubasealldata….csv): English schools, open and closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the extract as CSV, in Windows-1252 or UTF-8")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            made = register_import(path=file, by=get_user_model().objects.system())
        except DomainError as error:
            raise CommandError(error.message) from error
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
