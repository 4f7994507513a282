"""Fills an empty database with the fictional England, all of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.db import connection, transaction
from django.db.models import F

from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.demo.models import DemoDatabase
from mastery_hub.demo.world import people
from mastery_hub.demo.world.asked import asked_make
from mastery_hub.demo.world.casework import casework_make
from mastery_hub.demo.world.changes import terms_change_make
from mastery_hub.demo.world.deciding import deciding_make
from mastery_hub.demo.world.equality import equality_make
from mastery_hub.demo.world.feedback import feedback_make
from mastery_hub.demo.world.nominated import Nominating
from mastery_hub.demo.world.panel import Panelling
from mastery_hub.demo.world.programmes import (
    BEGINNING,
    next_round_make,
    programmes_make,
    round_make,
    seasons,
    secondary_season,
)
from mastery_hub.demo.world.recruitment import Recruiting
from mastery_hub.demo.world.schools import register_write
from mastery_hub.demo.world.selecting import plans_make
from mastery_hub.demo.world.stories import RoundFacts
from mastery_hub.directory.models import MathsHub
from mastery_hub.directory.reference import directory_load
from mastery_hub.directory.services.register import register_import
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email


@transaction.atomic
def world_load(*, scale: int = 1) -> None:
    """`scale` multiplies the applications that are not the personas' own; 0 leaves those alone."""
    now, draw = clock.now(), Random("world")
    with told(now - BEGINNING):
        directory_load()
        hubs = list(MathsHub.objects.order_by("slug"))
        staff = people.staff_make(draw, hubs)
        primary, secondary = programmes_make()
    with told(now - timedelta(days=1)):
        _import_register()
    last, this = seasons(now)
    before = round_make(primary, last, hubs, scale=scale)
    current = round_make(primary, this, [hub for hub in hubs if hub.slug != personas.RESTING_HUB], scale=scale)
    nominated = round_make(secondary, secondary_season(now), hubs, scale=scale)
    plans_make(current, nominated)
    deciding_make(current)
    recruiting = Recruiting(draw, staff, now)
    with _without_savepoints():
        recruiting.past(RoundFacts(before), scale)
        recruiting.open(RoundFacts(current), scale)
        Nominating(RoundFacts(nominated), staff, now).make()
    Panelling(current, now).make()
    terms_change_make(current)
    next_round_make(current)
    casework_make()
    equality_make(Random("equality"))
    feedback_make(draw)
    asked_make(current)
    Email.objects.filter(status=EmailStatus.QUEUED).update(status=EmailStatus.SENT, sent_at=F("created_at"), attempts=1)
    DemoDatabase.objects.create(scale=scale)


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """Half of all statements would set and release them, for nothing: whatever fails here undoes the whole load."""
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        connection.features.uses_savepoints = True


def _import_register() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"edubasealldata{clock.today():%Y%m%d}.csv"
        register_write(path, clock.today())
        register_import(path=path, by=User.objects.system())
