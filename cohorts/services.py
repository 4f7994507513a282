"""Writes of cohorts that touch more than one row."""

from datetime import date
from typing import Any

from django.db import transaction

from cohorts import permissions
from cohorts.enums import Whose
from cohorts.models import Cohort, Commitment, CommitmentSet, Placement, Pledge, Specialist
from cohorts.terms import rates_of, terms_of
from cohorts.versions import part_move, part_remove, part_save, put_in_force, version_changes, version_copy, working_as
from cohorts.years import years_kept
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import VersionQuerySet, key_share
from mastery_hub.directory.models import MathsHub, School


@transaction.atomic
def specialist_appoint(*, by: Any, person: Any, cohort: Cohort, hub: MathsHub, school: School) -> Specialist:
    """Whoever accepts a place is a specialist of the cohort, placed from the first day of its development year.

    Raises DomainError `already-specialist` for a second appointment to the same cohort.
    """
    specialist, created = Specialist.objects.get_or_create(
        person=person, cohort=cohort, defaults={"appointed_at": clock.now()}
    )
    if not created:
        raise DomainError(f"{person} is already a specialist of this cohort.", code="already-specialist")
    Placement.objects.create(specialist=specialist, hub=hub, school=school, from_on=cohort.academic_year.first_day)
    return specialist


@transaction.atomic
def specialist_stand_down(*, person: Any, cohort: Cohort) -> None:
    """Undoes an appointment to a cohort that has not begun: only history keeps it, so that it can be made again."""
    for specialist in Specialist.objects.filter(person=person, cohort=cohort):
        specialist.delete()


@transaction.atomic
def specialist_move(*, person: Any, cohort: Cohort, hub: MathsHub, school: School, from_on: date) -> None:
    """Another school, and perhaps another hub, from a day on; for the whole of it where that is no later."""
    last = Placement.objects.filter(specialist__person=person, specialist__cohort=cohort).last()
    if last is None:
        return
    if from_on > last.from_on:
        last.until_on = from_on
        last.save(update_fields=["until_on"])
        Placement.objects.create(specialist=last.specialist, hub=hub, school=school, from_on=from_on)
        return
    last.hub, last.school = hub, school
    last.save(update_fields=["hub", "school"])


def pledge_sign(*, by: Any, school: School, commitment_set: CommitmentSet, agreed: set[int], signed_as: str) -> Pledge:
    """Signs a whole set; `agreed` holds the keys of the commitments ticked one by one.

    Raises DomainError `commitments-missing` unless every commitment of the set is among them.
    """
    key_share(commitment_set)  # what is read here stays until it is signed
    wanted = set(commitment_set.commitments.values_list("pk", flat=True))
    if not signed_as.strip():
        raise DomainError("Type your full name to sign.", code="signature-missing")
    if missing := len(wanted - agreed):
        raise DomainError(
            f"Agree to every commitment: {missing} of {len(wanted)} not yet agreed.", code="commitments-missing"
        )
    return Pledge.objects.create(
        person=by,
        school=school,
        commitment_set=commitment_set,
        signed_as=signed_as.strip(),
        signed_at=clock.now(),
        terms=terms_of(commitment_set.cohort),
        rates=rates_of(commitment_set.cohort),
        years=years_kept(commitment_set.cohort),
    )


# Commitments: changed in place until somebody has signed them, then in a working copy. What was signed stays.


def _locked(cohort: Cohort, whose: Whose, by: User) -> "VersionQuerySet[CommitmentSet]":
    """Nobody signs meanwhile: a signature takes a share of the set, which is locked."""
    if not permissions.can_edit_commitments(by):
        raise DomainError("You cannot change what people commit to.", code="not-allowed")
    Cohort.objects.select_for_update(of=("self",)).get(pk=cohort.pk)
    sets = CommitmentSet.objects.filter(cohort=cohort, whose=whose).order_by("-version")
    list(sets.select_for_update(of=("self",)))
    return sets


@transaction.atomic
def commitments_change(*, cohort: Cohort, whose: Whose, by: User) -> CommitmentSet:
    """The set that a change may be written into; a working copy once somebody has signed the one in force."""
    sets = _locked(cohort, whose, by)
    current = sets.in_force().first()
    if current is None:
        return CommitmentSet.objects.create(cohort=cohort, whose=whose)
    return sets.working().first() or (version_copy(current) if current.is_relied_upon else current)


@transaction.atomic
def commitment_save(*, cohort: Cohort, whose: Whose, by: User, key: str, seen: str, text: str) -> Commitment:
    """A commitment that changes is another row, so that nobody signs words that were not before them."""
    version = commitments_change(cohort=cohort, whose=whose, by=by)
    return part_save(Commitment, version, key=key, seen=seen, values={"text": text}, renew=True)


@transaction.atomic
def commitment_move(*, cohort: Cohort, whose: Whose, by: User, key: str, up: bool, seen: str) -> None:
    part_move(Commitment, commitments_change(cohort=cohort, whose=whose, by=by), key=key, up=up, seen=seen)


@transaction.atomic
def commitment_remove(*, cohort: Cohort, whose: Whose, by: User, key: str, seen: str) -> None:
    """Raises DomainError `empty` for the last one of a set in force: nobody could sign, and so nobody apply."""
    changing = commitments_change(cohort=cohort, whose=whose, by=by)
    part_remove(Commitment, changing, key=key, seen=seen)
    if changing.published_at and not changing.commitments.exists():
        raise DomainError("This is the only commitment. Change its words, or write another one first.", code="empty")


@transaction.atomic
def commitments_discard(*, cohort: Cohort, whose: Whose, by: User, seen: str) -> None:
    working_as(_locked(cohort, whose, by).working().first(), seen).delete()


@transaction.atomic
def commitments_put_in_force(*, cohort: Cohort, whose: Whose, by: User, seen: str) -> CommitmentSet:
    """Whoever signs from now on signs these. Raises DomainError `stale`, `changed-meanwhile`, `empty`, `unchanged`."""
    sets = _locked(cohort, whose, by)
    working, current = working_as(sets.working().first(), seen), sets.in_force().first()
    if not working.commitments.exists():
        raise DomainError("Write at least one commitment first.", code="empty")
    if current and not version_changes(current, working):
        raise DomainError("Nothing has changed: this version says what the one before says.", code="unchanged")
    put_in_force(working)
    return working
