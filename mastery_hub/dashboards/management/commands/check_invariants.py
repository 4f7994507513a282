from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mastery_hub.dashboards.invariants import INVARIANTS, broken_invariants

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Checks what must always be true of the data and changes nothing. Names each broken rule with the keys of its"
        " rows, and then ends with 1."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = broken_invariants()
        for sentence, keys in broken.items():
            more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
            self.stderr.write(f"{sentence}: not so for {', '.join(map(str, keys[:SHOWN]))}{more}")
        if broken:
            raise CommandError(f"{len(broken)} of {len(INVARIANTS)} invariants are broken.")
        self.stdout.write(f"All {len(INVARIANTS)} invariants hold.")
