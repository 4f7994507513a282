from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from mastery_hub.common.backups.services import backup_check, backup_restore
from mastery_hub.common.errors import DomainError


class Command(BaseCommand):
    help = "Brings the database and the private files back from an archive that `backup` wrote."
    requires_system_checks = ()  # some ask a database that is empty as yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="only verify the archive, byte by byte")
        parser.add_argument("--replace", action="store_true", help="lose all that the database holds now")
        parser.add_argument(
            "--send-emails", action="store_true", help="leave emails that were waiting in the queue, instead of holding"
        )

    def handle(self, *, file: Path, check: bool, replace: bool, send_emails: bool, **options: Any) -> None:
        try:
            if check:
                manifest = backup_check(path=file)
                files = len(manifest["sha256"]) - 1
                self.stdout.write(f"Whole: {manifest['site']}, {manifest['made_at']}, {files} files.")
            else:
                backup_restore(path=file, replace=replace, keep_queue=send_emails, tell=self.stdout.write)
        except DomainError as refused:
            raise CommandError(refused.message) from None
