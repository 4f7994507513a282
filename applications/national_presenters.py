"""How the pages on which NCETM sets up a round word it."""

from typing import Any

from django.urls import reverse

from applications.enums import RoundAction
from applications.models import Round
from applications.set_up import GROUPS, SetUpTask


def task_row(round: Round, task: SetUpTask) -> dict[str, str]:
    """For components/task_list.html: what there is, or else what has to be done."""
    missing = task.missing(round)
    so_far = task.so_far(round)
    status, colour = ("Completed", "")
    if missing:
        status, colour = ("To do", "blue")
    elif task.key in round.to_check:
        status, colour = ("To be checked", "yellow")
    elif task.optional and not so_far:
        status = "Optional"
    return {
        "name": task.name,
        "href": reverse(task.route, kwargs={"code": round.code}) if task.route else "",
        "hint": ". ".join(missing) or so_far,
        "status": status,
        "colour": colour,
    }


def task_groups(round: Round) -> list[dict[str, Any]]:
    return [{"title": title, "tasks": [task_row(round, task) for task in tasks]} for title, tasks in GROUPS]


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
