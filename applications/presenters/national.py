"""How the pages on which NCETM sets up a round word it."""

from typing import Any

from django.urls import reverse

from applications.enums import AnnouncementKind, RoundAction
from applications.models import Round
from applications.set_up import Found


def task_row(round: Round, found: Found) -> dict[str, str]:
    """For components/task_list.html: what there is, or else what has to be done."""
    task = found.task
    status, colour = ("Completed", "")
    if found.missing:
        status, colour = ("To do", "blue")
    elif task.key in round.to_check:
        status, colour = ("To be checked", "yellow")
    elif task.optional and not found.so_far:
        status = "Optional"
    return {
        "name": task.name,
        "href": reverse(task.route, kwargs={"code": round.code}) if task.route else "",
        "hint": ". ".join(found.missing) or found.so_far,
        "status": status,
        "colour": colour,
    }


def task_groups(round: Round, looked: list[tuple[str, list[Found]]]) -> list[dict[str, Any]]:
    return [{"title": title, "tasks": [task_row(round, found) for found in group]} for title, group in looked]


def being_told(round: Round, kind: AnnouncementKind, nobody: str = "Nobody has to be told.") -> str:
    """Of what was announced last: how many people are written to, by a worker, from now on."""
    latest = round.announcements.filter(kind=kind).first()
    number = latest.notices.count() if latest else 0
    if not number:
        return nobody
    return "1 person is being told by email." if number == 1 else f"{number:,} people are being told by email."


def round_history(round: Round) -> list[dict[str, Any]]:
    """Newest first, for components/timeline.html: what changed, and why."""
    return [
        {
            "title": RoundAction(event.action).label,
            "at": event.at,
            "by": str(event.by),
            "text": "\n".join(filter(None, [event.changes, f"Reason: {event.reason}" if event.reason else ""])),
        }
        for event in round.events.select_related("by")
    ]
