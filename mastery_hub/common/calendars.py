"""One appointment as a calendar file: it says the same appointment anew when it has moved, and takes it out when it is
cancelled. To be kept by whoever asked and by nobody between."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from icalendar import Calendar, Event

from mastery_hub.common import clock
from mastery_hub.common.files.responses import HEADERS


@dataclass(frozen=True)
class Appointment:
    """`name` is the same whatever changes of it; `changes` counts how often it has."""

    name: str
    title: str
    starts: datetime
    ends: datetime
    place: str = ""
    words: str = ""
    changes: int = 0
    cancelled: bool = False


def calendar_file(appointment: Appointment) -> bytes:
    event = Event()
    event.add("uid", f"{appointment.name}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", clock.now().astimezone(UTC))
    event.add("dtstart", appointment.starts.astimezone(UTC))
    event.add("dtend", appointment.ends.astimezone(UTC))
    event.add("summary", appointment.title)
    event.add("sequence", appointment.changes)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    for name, text in (("location", appointment.place), ("description", appointment.words)):
        if text:
            event.add(name, text)
    calendar = Calendar()
    calendar.add("prodid", "-//Mastery Hub//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if appointment.cancelled else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def calendar_response(appointment: Appointment) -> HttpResponse:
    """`name` is the file's too."""
    response = HttpResponse(calendar_file(appointment), content_type="text/calendar; charset=utf-8", headers=HEADERS)
    response["Content-Disposition"] = f'attachment; filename="{appointment.name}.ics"'
    return response
