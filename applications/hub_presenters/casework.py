"""What colleagues have done on an application: how it was screened, who has it, and what was noted."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.urls import reverse

from applications import permissions
from applications.enums import NoteFor, ScreeningOutcome
from applications.models import Application, CaseHolder, Note, Screening
from mastery_hub.accounts.models import User
from mastery_hub.common.templatetags.moments import hour, moment

SCREENING_COLOURS = {ScreeningOutcome.OK: "green", ScreeningOutcome.QUERY: "orange"}


def screening_tag(screening: Screening | None) -> dict[str, str]:
    if screening is None:
        return {"text": "Not screened", "colour": "yellow"}
    outcome = ScreeningOutcome(screening.outcome)
    return {"text": outcome.label, "colour": SCREENING_COLOURS[outcome]}


def _person(path: str) -> JSONObject:
    return JSONObject(**{name: f"{path}__{name}" for name in ("id", "first_name", "last_name", "email")})


def _told(rows: QuerySet[Any], *order: str, people: tuple[str, ...], names: tuple[str, ...]) -> ArraySubquery:
    columns = {name: name for name in names} | {each: _person(each) for each in people}
    of_it = rows.filter(application=OuterRef("pk")).order_by(*order)
    return ArraySubquery(of_it.values(told=JSONObject(**columns)))


def _made(model: Any, told: dict[str, Any]) -> Any:
    """The row again, with its people and its instants."""
    for name, value in told.items():
        if isinstance(value, dict):
            told[name] = User(**value) if value["id"] else None
        elif name.endswith("at") and value:
            told[name] = datetime.fromisoformat(value)
    return model(**told)


def _read(application: Application, user: User) -> tuple[list[Note], list[Screening], list[CaseHolder]]:
    """Each newest first, in one query: the page of an application has many parts."""
    notes = _told(
        Note.objects.visible_to(user),
        *("-at", "-pk"),
        people=("by",),
        names=("id", "at", "text", "audience", "corrected_at"),
    )
    screenings = _told(Screening.objects.all(), "-at", "-pk", people=("by",), names=("id", "at", "outcome", "note"))
    holders = _told(
        CaseHolder.objects.all(),
        *("-from_at", "-pk"),
        people=("person", "given_by", "ended_by"),
        names=("id", "from_at", "until_at"),
    )
    [found] = Application.objects.filter(pk=application.pk).order_by().values_list(notes, screenings, holders)
    models: tuple[Any, ...] = (Note, Screening, CaseHolder)
    made = [[_made(model, told) for told in rows] for model, rows in zip(models, found, strict=True)]
    return made[0], made[1], made[2]


def casework(application: Application, user: User) -> dict[str, Any]:
    """A part of the application's page; `steps` join its timeline."""
    hub: Any = application.hub
    where = [hub.slug, application.reference]
    notes, screenings, holders = _read(application, user)
    held = [each for each in holders if each.until_at is None]
    latest = screenings[0] if screenings else None
    links = {
        "screen": ("hub_screening", permissions.can_screen(user, application)),
        "give": ("hub_case", permissions.can_give_case(user, application)),
        "note": ("hub_note_add", permissions.can_note(user, application)),
    }
    return {
        "holder": str(held[0].person) if held else "Nobody yet",
        "screening": screening_tag(latest),
        "screened": _screened(latest),
        "notes": [_note(each, application, user) for each in notes],
        "steps": [*_case_steps(holders), *map(_screening_step, screenings)],
        **{name: reverse(route, args=where) if may else "" for name, (route, may) in links.items()},
    }


def _screened(screening: Screening | None) -> str:
    if screening is None:
        return ""
    said = f"By {screening.by} on {moment(screening.at)}."
    return f"{said} {screening.note}".strip()


def _note(note: Note, application: Application, user: User) -> dict[str, Any]:
    note.application = application
    hub: Any = application.hub
    may = permissions.can_correct_note(user, note)
    return {
        "by": str(note.by),
        "at": note.at,
        "text": note.text,
        "audience": NoteFor(note.audience).label,
        "corrected": f"Corrected on {moment(note.corrected_at)}" if note.corrected_at else "",
        "href": reverse("hub_note", args=[hub.slug, application.reference, note.pk]) if may else "",
        "until": hour(note.correct_until),
    }


def _case_steps(holders: list[CaseHolder]) -> list[dict[str, Any]]:
    """Handing on is one step, told by the row that begins; into nobody's hands, by the one that ends."""
    begun = {each.from_at for each in holders}
    steps = [
        {
            "title": "Case taken" if each.given_by == each.person else f"Case given to {each.person}",
            "at": each.from_at,
            "by": str(each.given_by),
            "text": "",
        }
        for each in holders
    ]
    ended = [each for each in holders if each.until_at and each.until_at not in begun]
    return steps + [
        {"title": f"Case no longer with {each.person}", "at": each.until_at, "by": str(each.ended_by), "text": ""}
        for each in ended
    ]


def _screening_step(screening: Screening) -> dict[str, Any]:
    label = ScreeningOutcome(screening.outcome).label
    return {
        "title": f"Screened: {label[0].lower()}{label[1:]}",
        "at": screening.at,
        "by": str(screening.by),
        "text": screening.note,
    }
