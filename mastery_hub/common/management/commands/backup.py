from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from mastery_hub.common.backups.services import backup_take
from mastery_hub.common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Writes the database and every private file into one archive, while the site runs. Keep SECRET_KEY elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", type=Path, metavar="FOLDER_OR_FILE", help="a folder, or the file to write")

    def handle(self, *, to: Path, **options: Any) -> None:
        try:
            path = backup_take(to=to)
        except DomainError as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(f"{path} ({path.stat().st_size / 1_000_000:.1f} MB)")
