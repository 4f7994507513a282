"""What a deadline had ended unfinished stands again where there is time for it: a draft is a draft, and what waited for
a headteacher waits again.

Of each person the newest, and none of whoever has begun anew meanwhile, or has a place kept in the cohort: nobody holds
two. Locks go Application, then the person.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from applications.enums import Action, State
from applications.models import Application, Deferral
from applications.models.applications import ApplicationQuerySet
from applications.services.engines import application_move, persons_lock
from mastery_hub.accounts.models import User
from mastery_hub.common import clock

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
def applications_take_up(among: ApplicationQuerySet) -> list[int]:
    """The keys of those that stand again. All are locked at once, and then their people, before they are looked at: not
    one by one, since a round may have ended a thousand."""
    wanted = dict(to_take_up(among).values_list("pk", "applicant"))
    locked = Application.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",))
    keys = list(locked.values_list("pk", flat=True))
    persons_lock(wanted.values())
    system, again = User.objects.system(), list[int]()
    for application in to_take_up(Application.objects.filter(pk__in=keys)).select_related("round"):
        application_move(application=application, action=TAKEN_UP[State(application.state)], by=system)
        again.append(application.pk)
    return again
