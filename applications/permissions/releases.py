"""When decisions may be released, and when one that was released in error may be taken back."""

from datetime import timedelta

from applications.models import Application, Decision, Round
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import deadline
from mastery_hub.directory.models import MathsHub

UNDO_HOURS = 24


def can_lead_selection(user: User, hub: MathsHub) -> bool:
    """Writes a hub's letters, orders its reserve list and releases its decisions."""
    return hub.pk in user.hub_ids(Role.HUB_LEAD)


def can_read_decisions(user: User, hub: MathsHub) -> bool:
    """All proposals of a hub side by side: its leads, and NCETM."""
    return user.is_national or can_lead_selection(user, hub)


def can_confirm_decisions(user: User) -> bool:
    return user.is_national


def release_day_words(round: Round) -> str:
    return "" if round.may_release else f"Decisions of this round are released from {deadline(round.releases_at)}."


def what_bars_release(application: Application) -> str:
    """The round's day, and NCETM's confirmation where the round asks for it."""
    round = application.round
    if not round.may_release:
        return release_day_words(round)
    if not round.confirms_decisions:
        return ""
    decision = application.decisions.open().first()
    return unconfirmed_words(decision) if decision else ""


def unconfirmed_words(decision: Decision) -> str:
    if decision.returned_at:
        return "NCETM has returned this proposal. Read why, then propose anew."
    return "" if decision.confirmed_at else "NCETM has not confirmed this proposal yet."


def what_bars_undo(application: Application) -> str:
    """Only for a day, and only while nobody has built on the letter."""
    standing = (each for each in application.decisions.all() if each.released_at and not each.undone_at)
    decision = next(standing, None)
    if decision is None or decision.released_at is None:
        return "No letter of this application can be taken back."
    if clock.now() >= decision.released_at + timedelta(hours=UNDO_HOURS):
        return f"A letter can be taken back for {UNDO_HOURS} hours after it was released, and those have passed."
    again = Application.objects.live().filter(applicant=application.applicant_id, round=application.round_id)
    if again.exclude(pk=application.pk).exists():
        return "The applicant has begun another application to this round since."
    return ""
