"""A hub’s decisions of a round: proposals side by side, and the letters to read before they go out."""

from typing import Any

from django.db.models import Count, Prefetch, Q
from django.urls import reverse

from applications import permissions
from applications.enums import PROPOSED, Outcome, State
from applications.hub_presenters.decisions import OUTCOME_COLOURS, letter_parts
from applications.models import Application, Decision, HeadteacherSupport, PanelOrder, ReleaseDelay, Round
from applications.services.letters import letter_of, wordings
from applications.services.selection import RELEASE
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import day, deadline
from mastery_hub.directory.models import MathsHub

ORDER = {outcome: place for place, outcome in enumerate(Outcome)}


def open_decisions(round: Round, hub: MathsHub, user: Any) -> list[Decision]:
    """Offers first, then in the order of the panel; nobody's own. Each application comes with its rank and score."""
    supports = Prefetch("supports", HeadteacherSupport.objects.all())
    candidates = PanelOrder.objects.candidates(hub, round).filter(state__in=PROPOSED).exclude(applicant=user)
    with_all = candidates.select_related("applicant", "school", "hub", "round__cohort__programme")
    found = {each.pk: each for each in with_all.prefetch_related(supports)}
    place = {pk: n for n, pk in enumerate(found)}
    decisions = list(Decision.objects.open().filter(application__in=found).select_related("proposed_by"))
    for decision in decisions:
        decision.application = found[decision.application_id]
    return sorted(decisions, key=lambda each: (ORDER[Outcome(each.outcome)], place[each.application_id]))


def decisions_page(round: Round, hub: MathsHub, user: Any) -> dict[str, Any]:
    shown = open_decisions(round, hub, user)
    counted = _counted(round, hub, user)
    leads = permissions.can_lead_selection(user, hub)
    return {
        "rows": [_row(round, hub, decision, leads=leads) for decision in shown],
        "stats": _stats(shown, counted),
        "undecided": counted["undecided"],
        "day": _day_words(round),
        "delay": _delay(round, hub),
        "may_delay": leads and bool(counted["waiting"]),
        "letters": _letters(round, hub) if leads else [],
        "release": "" if not (leads and shown) else reverse("hub_decisions_release", args=[hub.slug, round.code]),
        "may_release": round.may_release,
        "confirms": round.confirms_decisions,
    }


def _counted(round: Round, hub: MathsHub, user: Any) -> dict[str, int]:
    here = Application.objects.filter(hub=hub, round=round).exclude(applicant=user)
    return here.aggregate(
        undecided=Count("pk", filter=Q(state=State.COMPLETE)),
        waiting=Count("pk", filter=Q(shown_state=State.COMPLETE)),
    )


def _stats(shown: list[Decision], counted: dict[str, int]) -> list[dict[str, Any]]:
    proposed = [sum(each.outcome == outcome for each in shown) for outcome in Outcome]
    labels = ("Offers proposed", "Reserves proposed", "Unsuccessful proposed")
    stats = [{"value": number, "label": label} for number, label in zip(proposed, labels, strict=True)]
    return [*stats, {"value": counted["undecided"], "label": "Not decided yet"}]


def _day_words(round: Round) -> str:
    if round.releases_at is None:
        return ""
    if round.may_release:
        return f"Decisions of this round have been released since {deadline(round.releases_at)}."
    return permissions.release_day_words(round)


def _delay(round: Round, hub: MathsHub) -> dict[str, str] | None:
    delay = ReleaseDelay.objects.standing().filter(round=round, hub=hub).select_related("by").first()
    if delay is None:
        return None
    return {"words": f"Your applicants are told that {hub} writes by {day(delay.until)}: {delay.note}"}


def _letters(round: Round, hub: MathsHub) -> list[dict[str, str]]:
    return [
        {"text": outcome.label, "href": reverse("hub_wording", args=[hub.slug, round.code, outcome.value])}
        for outcome in Outcome
    ]


def _row(round: Round, hub: MathsHub, decision: Decision, *, leads: bool) -> dict[str, Any]:
    application: Any = decision.application
    mean = application.mean_score
    return {
        "name": str(application.applicant),
        "school": str(application.school),
        "href": reverse("hub_application", args=[hub.slug, application.reference]),
        "outcome": decision.get_outcome_display(),
        "colour": OUTCOME_COLOURS[Outcome(decision.outcome)],
        "score": "" if mean is None else f"{mean:.1f}",
        "order": f"{decision.score_place} of {decision.score_of}" if decision.score_place else "",
        "departure": decision.departure,
        "letter": reverse("hub_letter", args=[hub.slug, application.reference]) if leads else "",
        "edited": decision.letter_saved_at is not None,
        "confirmation": confirmation_tag(decision) if round.confirms_decisions else None,
        "returned": decision.return_reason,
    }


def confirmation_tag(decision: Decision) -> dict[str, str]:
    if decision.returned_at:
        return {"text": "Returned", "colour": "red"}
    if decision.confirmed_at:
        return {"text": "Confirmed", "colour": "green"}
    return {"text": "Waits for NCETM", "colour": "yellow"}


def what_bars(round: Round, decision: Decision) -> str:
    """Of one that was read with all others: the same as `what_comes_first`, without asking again."""
    if round.confirms_decisions and not decision.confirmed_at:
        return permissions.unconfirmed_words(decision)
    return permissions.what_bars_place(decision.application, RELEASE[Outcome(decision.outcome)])


def letters_to_release(round: Round, hub: MathsHub, user: Any) -> dict[str, Any]:
    """What the check page shows: each letter with its mark, and what stays behind, with the reason."""
    written, at = wordings(hub, round), clock.now()
    ready: list[dict[str, Any]] = []
    behind: list[dict[str, str]] = []
    for decision in open_decisions(round, hub, user):
        application = decision.application
        name, outcome = str(application.applicant), decision.get_outcome_display()
        if why := what_bars(round, decision):
            behind.append({"name": name, "outcome": outcome, "why": why})
            continue
        letter = letter_of(application, decision, at=at, written=written)
        subject, parts = letter.rendered.subject, letter_parts(letter.rendered.text)
        ready.append({"name": name, "outcome": outcome, "mark": letter.mark, "subject": subject, "parts": parts})
    barred, undecided = permissions.release_day_words(round), _counted(round, hub, user)["undecided"]
    return {"ready": ready, "behind": behind, "barred": barred, "undecided": undecided}
