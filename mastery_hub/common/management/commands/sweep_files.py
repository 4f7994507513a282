from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.sweeping import files_sweep


class Command(BaseCommand):
    help = "Removes private files that no row has named for a day, as the worker does each night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")
        parser.add_argument("--trust", action="store_true", help="even where most of what is stored would go")

    def handle(self, *, dry_run: bool, trust: bool, **options: Any) -> None:
        try:
            count = files_sweep(remove=not dry_run, trust=trust)
        except DomainError as refused:
            raise CommandError(refused.message) from None
        files = "file that no row names" if count == 1 else "files that no row names"
        self.stdout.write(f"{count} {files}{' found' if dry_run else ' removed'}.")
