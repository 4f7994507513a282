"""What a deadline had ended unfinished stands again where there is time for it: a draft is a draft, and what waited for
a headteacher waits again.

Of each person the newest, and none of whoever has begun anew meanwhile, or has a place kept in the cohort: nobody holds
two. Locks go Application, then the person.
"""

from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from applications.enums import Action, State
from applications.models import Application, Deferral
from applications.models.applications import ApplicationQuerySet
from applications.services.engines import application_move, person_lock
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError

TAKEN_UP = {State.EXPIRED: Action.REOPEN, State.INCOMPLETE: Action.AWAIT_AGAIN}


def to_take_up(among: ApplicationQuerySet) -> ApplicationQuerySet:
    """Of these, by key."""
    now = clock.now()
    in_time = Q(state=State.EXPIRED, closes_at__gt=now) | Q(state=State.INCOMPLETE, support_closes_at__gt=now)
    begun_anew = Application.objects.live().filter(round=OuterRef("round"), applicant=OuterRef("applicant"))
    kept = Deferral.objects.keeping_from_outer()
    ended = among.with_deadlines().filter(in_time).exclude(Exists(begun_anew) | Exists(kept))
    newest = ended.order_by("applicant_id", "-pk").distinct("applicant_id")
    return Application.objects.filter(pk__in=newest.values("pk")).order_by("pk")


@transaction.atomic
def application_take_up(*, application: Application) -> bool:
    """Whether it stands again: not where somebody was faster, or a place was kept in this very moment."""
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    person = person_lock(application.applicant)
    if not to_take_up(Application.objects.filter(round=application.round_id, applicant=person, pk=application.pk)):
        return False
    action = TAKEN_UP[State(application.state)]
    with suppress(DomainError):
        application_move(application=application, action=action, by=User.objects.system())
        return True
    return False
