from argparse import ArgumentParser
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from mastery_hub.demo import clock
from mastery_hub.demo.marker import database_is_demo, database_is_empty
from mastery_hub.demo.world.load import world_load


class Command(BaseCommand):
    help = (
        "Loads the fictional England into an empty, migrated database and marks it as the demo's. Does nothing when it"
        " is loaded already; refuses every other database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="empty the demo's database first")
        parser.add_argument(
            "--scale", type=int, default=1, metavar="N", help="N times the applications; 0 for the personas' own alone"
        )

    def handle(self, *args: Any, reset: bool, scale: int, **options: Any) -> None:
        if not clock.rules():
            raise CommandError("This runs with MODE=demo only: the demo's past needs the demo's clock.")
        if not 0 <= scale <= 1000:
            raise CommandError("--scale is a whole number from 0 to 1000.")
        ours = database_is_demo()
        if not (ours or database_is_empty()):
            raise CommandError("This database holds data that load_demo did not make: nothing was changed.")
        if ours and not reset:
            self.stdout.write("The demo's data is loaded already.")
            return
        if ours:
            call_command("flush", interactive=False, verbosity=0)
        cache.clear()
        clock.back()
        world_load(scale=scale)
        self.stdout.write("The demo's data is loaded.")
