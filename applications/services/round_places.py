"""Which hubs take part in a cohort, and with how many places."""

from collections.abc import Mapping

from django.db import transaction

from applications.enums import RoundAction
from applications.models import Application, Round
from applications.services.notices import promises_due
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub


class PlacesError(DomainError):
    """`problems` is a sentence for each hub whose places cannot be what was asked."""

    def __init__(self, problems: dict[int, str]) -> None:
        super().__init__("Some places cannot be changed like this.", code="places")
        self.problems = problems


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


def _problems(round: Round, rows: Mapping[int, HubPlaces], wanted: Mapping[int, int | None]) -> dict[int, str]:
    live = Application.objects.live().filter(round__cohort=round.cohort_id, hub__in=list(wanted))
    here = set(live.values_list("hub", flat=True))
    found = {}
    for hub, places in wanted.items():
        taken = rows[hub].taken if hub in rows else 0
        if taken > (places or 0):
            found[hub] = f"{_counted(taken, 'place')} taken already: enter {taken} or more"
        elif places is None and hub in rows and hub in here:
            found[hub] = "Teachers apply to this hub already: enter 0 rather than nothing to give it no places"
    return found


@transaction.atomic
def round_set_places(*, round: Round, by: User, wanted: Mapping[int, int | None], seen: int) -> Round:
    """`wanted` is each hub's places by its key; None is a hub that does not take part, and one not named stays.

    Raises PlacesError with every problem, or ChangedMeanwhileError. Never below what is taken: the rows stay locked.
    """
    round = round_lock(round=round, by=by)
    rows = {
        each.hub_id: each
        for each in HubPlaces.objects.select_for_update(of=("self",)).filter(cohort=round.cohort_id).order_by("pk")
    }
    before = {hub: row.places for hub, row in rows.items()}
    changed = {hub: places for hub, places in wanted.items() if before.get(hub) != places}
    if changed:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.CHANGE_PLACES, RoundAction.MOVE_PLACES))
        if problems := _problems(round, rows, changed):
            raise PlacesError(problems)
        _save(round, rows, changed)
        names = dict(MathsHub.objects.filter(pk__in=list(changed)).values_list("pk", "name"))
        changes = [
            f"{names[hub]}: {_words(places)} (was {_words(before.get(hub))})"
            for hub, places in sorted(changed.items(), key=lambda pair: names[pair[0]])
        ]
        round_note(round=round, action=RoundAction.CHANGE_PLACES, by=by, changes=changes)
    copied = "places" in round.to_check  # nobody was told of places that came with a copy
    given = {hub: places for hub, places in (before | changed).items() if places}
    promises_due(round, [hub for hub, places in given.items() if copied or places > (before.get(hub) or 0)])
    checked(round, "places")
    return round


def _words(places: int | None) -> str:
    return "does not take part" if places is None else str(places)


def _save(round: Round, rows: dict[int, HubPlaces], changed: dict[int, int | None]) -> None:
    new = []
    for hub, places in changed.items():
        if hub not in rows and places is not None:
            new.append(HubPlaces(cohort=round.cohort, hub_id=hub, places=places))
        elif hub in rows and places is not None:
            rows[hub].places = places
            rows[hub].save(update_fields=["places"])
    HubPlaces.objects.bulk_create(new)
    gone = [rows[hub].pk for hub, places in changed.items() if places is None and hub in rows]
    HubPlaces.objects.filter(pk__in=gone).delete()
