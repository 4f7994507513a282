"""The one clock of every rule. `CLOCK` names who tells the time, so that the demo can move it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This instant, aware and in UTC. Tests that freeze time freeze this too."""
    if settings.CLOCK == "django.utils.timezone.now":
        return timezone.now()
    return import_string(settings.CLOCK)()


def today() -> date:
    """The day it is in London, which is the day every deadline is counted in."""
    return now().astimezone(LONDON).date()


def london(moment: datetime) -> datetime:
    return moment.astimezone(LONDON)
