"""Schools that the register does not hold: typed in, corrected, dropped, found in the register after all."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import TOLD_INDEPENDENT, TOLD_STATE_FUNDED, EstablishmentStatus
from mastery_hub.directory.models import LocalAuthority, School, UnlistedSchool

TYPE_NAMES = {TOLD_STATE_FUNDED: "State-funded", TOLD_INDEPENDENT: "Not state-funded"}


@dataclass(frozen=True)
class SchoolTold:
    """What is asked of somebody who types in a school. `district` only where hubs share the authority by district."""

    name: str
    town: str
    postcode: str
    authority: LocalAuthority
    district: str
    phase: int
    is_state_funded: bool

    @classmethod
    def of(cls, school: School) -> "SchoolTold":
        return cls(
            name=school.name,
            town=school.town,
            postcode=school.postcode,
            authority=school.authority,
            district=school.district,
            phase=school.phase,
            is_state_funded=school.is_state_funded,
        )

    @property
    def fields(self) -> dict[str, Any]:
        """Those of a School. Nobody teaches in a school that is not open."""
        group = TOLD_STATE_FUNDED if self.is_state_funded else TOLD_INDEPENDENT
        return {
            "name": self.name,
            "town": self.town,
            "postcode": self.postcode,
            "authority": self.authority,
            "district": self.district,
            "phase": self.phase,
            "status": EstablishmentStatus.OPEN,
            "type_group": group,
            "type_name": TYPE_NAMES[group],
        }


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('directory_unlisted_number')")
        return int(cursor.fetchone()[0])


@transaction.atomic
def unlisted_school_make(*, told: SchoolTold, by: Any) -> UnlistedSchool:
    school = School.with_unlisted.create(urn=_next_number(), **told.fields)
    return UnlistedSchool.objects.create(school=school, typed_by=by)


def unlisted_school_correct(*, unlisted: UnlistedSchool, told: SchoolTold) -> None:
    School.with_unlisted.filter(pk=unlisted.school_id).update(**told.fields)


def unlisted_school_drop(*, unlisted: UnlistedSchool) -> bool:
    """Whether it is gone: one that any other row names, such as an earlier signature, stays."""
    try:
        unlisted.school.delete()
    except ProtectedError:
        return False
    return True


@transaction.atomic
def unlisted_school_match(*, unlisted: UnlistedSchool, school: School, by: Any) -> UnlistedSchool:
    """Says which school of the register it is; matching it anew corrects a mistake. Who may is for the app to say."""
    unlisted = UnlistedSchool.objects.select_for_update(of=("self",)).get(pk=unlisted.pk)
    if not school.is_listed:
        raise DomainError("Choose a school of the schools register.", code="not-listed")
    unlisted.match, unlisted.matched_by, unlisted.matched_at = school, by, clock.now()
    unlisted.save(update_fields=["match", "matched_by", "matched_at"])
    return unlisted
