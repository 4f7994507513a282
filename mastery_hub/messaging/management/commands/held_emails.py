from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.db.models import Count, Max, Min

from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.holding import emails_drop, emails_release
from mastery_hub.messaging.models import Email


class Command(BaseCommand):
    help = "Lists the emails that a restore holds, by kind; sends them all, or drops them all."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--send", action="store_true", help="queue them: what was sent already goes out again")
        what.add_argument("--drop", action="store_true", help="mark them as not sent, with the reason")

    def handle(self, *, send: bool, drop: bool, **options: Any) -> None:
        if send or drop:
            self.stdout.write(f"{emails_release()} queued." if send else f"{emails_drop()} dropped.")
            return
        held = Email.objects.filter(status=EmailStatus.HELD).order_by("kind")
        for kind in held.values("kind").annotate(count=Count("*"), first=Min("created_at"), last=Max("created_at")):
            self.stdout.write(
                f"{kind['count']:>6}  {kind['kind']}, {kind['first']:%d %B %H:%M} to {kind['last']:%d %B %H:%M}"
            )
        self.stdout.write(f"{held.count():>6}  in all")
