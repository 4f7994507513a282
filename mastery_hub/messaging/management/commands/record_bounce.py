import sys
from typing import Any

from django.core.management.base import BaseCommand

from mastery_hub.messaging.bounces import bounce_read
from mastery_hub.messaging.services import email_bounced


class Command(BaseCommand):
    help = "Reads one email from standard input, as a mail server hands it over, and notes which of ours came back."

    def handle(self, *args: Any, **options: Any) -> None:
        """Never an error for the mail server, whatever came in: it would send that back in its turn."""
        bounce = bounce_read(sys.stdin.buffer.read())
        noted = bounce is not None and email_bounced(message_id=bounce.message_id, reason=bounce.reason)
        self.stdout.write("Noted." if noted else "No email of ours came back.")
