"""Who works in hubs and schools: the demo's personas, a lead for every other hub, teachers and headteachers."""

from collections.abc import Iterator
from random import Random

from allauth.account.models import EmailAddress

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.world import names
from mastery_hub.directory.models import MathsHub

ROLES = {personas.HUB_LEAD: Role.HUB_LEAD, personas.REVIEWER: Role.HUB_REVIEWER}


def staff_make(draw: Random, hubs: list[MathsHub]) -> dict[MathsHub, list[User]]:
    """Each hub's people who score, its lead first; and the NCETM's administrator."""
    staff = {hub: _hub_staff(draw, hub) for hub in hubs}
    national = persona_make(personas.NATIONAL)
    Membership.objects.create(user=national, role=Role.NCETM_ADMINISTRATOR)
    for hub, people in staff.items():
        hub.contact_name, hub.email = people[0].full_name, f"{hub.slug}@example.org"
    MathsHub.objects.bulk_update(hubs, ["contact_name", "email"])
    return staff


def _hub_staff(draw: Random, hub: MathsHub) -> list[User]:
    if hub.slug == personas.HUB:
        people = {persona_make(persona): role for persona, role in ROLES.items()}
    else:
        lead = names.person(draw)
        people = {person_make(lead, f"lead.{hub.slug}@example.org"): Role.HUB_LEAD}
    Membership.objects.bulk_create(
        Membership(user=user, role=role, hub=hub, from_on=clock.today()) for user, role in people.items()
    )
    return list(people)


def persona_make(persona: personas.Persona) -> User:
    return person_make(names.Person("", persona.first_name, persona.last_name), persona.email)


def person_make(person: names.Person, email: str) -> User:
    """A person who has signed in before: the address is proven."""
    user = User.objects.create_user(email, first_name=person.first_name, last_name=person.last_name)
    EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def address(person: names.Person, number: int) -> str:
    """Letters without accents, and a number that keeps two of one name apart."""
    plain = f"{person.first_name}.{person.last_name}".lower().translate(str.maketrans("ëé", "ee"))
    return f"{plain}.{number}@example.org"


def teachers(draw: Random) -> Iterator[tuple[names.Person, str]]:
    number = 100
    while True:
        number += 1
        person = names.person(draw)
        yield person, address(person, number)
