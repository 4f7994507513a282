from typing import Any

from django.core.management.base import BaseCommand

from mastery_hub.directory.reference import directory_load


class Command(BaseCommand):
    help = (
        "Loads regions, local authorities and the 40 Maths Hubs where they are missing; changes nothing that is there."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, count in directory_load().items():
            self.stdout.write(f"{count:>6} {kind} added")
