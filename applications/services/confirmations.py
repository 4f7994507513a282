"""NCETM confirms what a hub proposes, or returns it, where the round asks for that."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from applications import permissions
from applications.models import Application, Decision, Round
from applications.services.notices import decisions_confirmed, decisions_returned
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub


def _waiting(round: Round, hub: MathsHub, by: User, read: Collection[int]) -> QuerySet[Decision]:
    """Those that were read and still wait, their applications locked before them. Nobody answers about themselves."""
    if not permissions.can_confirm_decisions(by):
        raise DomainError("Only NCETM confirms decisions.", code="not-allowed")
    if not round.confirms_decisions:
        raise DomainError("This round asks for no confirmation.", code="not-asked")
    ours = Decision.objects.open().at(hub, round).filter(pk__in=read, confirmed_at=None, returned_at=None)
    applications = Application.objects.filter(pk__in=ours.values("application")).exclude(applicant=by)
    locked = list(applications.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return ours.filter(application__in=locked)


@transaction.atomic
def decisions_confirm(*, round: Round, hub: MathsHub, by: User, read: Collection[int]) -> int:
    """All of a hub at once, by the keys of the proposals that were read: says how many. One that has changed since is
    not among them. Raises DomainError `not-allowed`, `not-asked`, and `nothing-waits`."""
    number = _waiting(round, hub, by, read).update(confirmed_by=by, confirmed_at=clock.now())
    if not number:
        raise DomainError("None of these proposals waits any more. Look at the list again.", code="nothing-waits")
    decisions_confirmed(round, hub, number)
    return number


@transaction.atomic
def decisions_return(*, round: Round, hub: MathsHub, by: User, read: Collection[int], reason: str) -> int:
    """The hub reads why, and proposes again. Raises DomainError `reason-missing`, and what `decisions_confirm` does."""
    if not reason.strip():
        raise DomainError("Say why you return them.", code="reason-missing")
    returned = {"returned_by": by, "returned_at": clock.now(), "return_reason": reason.strip()}
    number = _waiting(round, hub, by, read).update(**returned)
    if not number:
        raise DomainError("None of these proposals waits any more. Look at the list again.", code="nothing-waits")
    decisions_returned(round, hub, number, reason)
    return number
