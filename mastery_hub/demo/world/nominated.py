"""The secondary round: teachers whom schools and the hub have nominated, one in every state a nomination has."""

from datetime import datetime, timedelta
from random import Random

from applications.enums import Outcome
from applications.models import Nomination
from applications.services.nominations import (
    nomination_decline,
    nomination_make,
    nomination_withdraw,
    nominations_lapse,
)
from mastery_hub.accounts.models import User
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.demo.world import names, people
from mastery_hub.demo.world.programmes import SECONDARY_PHASES
from mastery_hub.demo.world.stories import RoundFacts, Story
from mastery_hub.directory.enums import STATE_FUNDED_GROUPS
from mastery_hub.directory.models import MathsHub, School

LAPSED_AFTER = timedelta(days=31)
WHY = (
    "Colleagues ask to watch these lessons, and come away with something to try. The department wants to take part.",
    "Nobody in our department thinks harder about how pupils come to understand, and nobody is better at sharing it.",
)
BUSY = "Thank you for thinking of me. I start as head of year in September, and could not give this the time it needs."


class Nominating:
    """At one school of the personas' hub, whose head of maths nominates."""

    def __init__(self, facts: RoundFacts, staff: dict[MathsHub, list[User]], now: datetime) -> None:
        self.facts, self.now, self.draw = facts, now, Random("nominations")
        self.hub = next(hub for hub in staff if hub.slug == personas.HUB)
        self.lead = staff[self.hub][0]
        found = School.objects.open().filter(phase__in=SECONDARY_PHASES, type_group__in=STATE_FUNDED_GROUPS)
        self.school = next(each for each in found.with_hub().order_by("urn") if each.home_hub_id == self.hub.pk)
        self.head_of_maths = people.persona_make(personas.NOMINATOR)

    def make(self) -> None:
        self._lapsed(names.Person("Mr", "Colin", "Thackray"))
        self._sent(names.Person("Ms", "Farida", "Aslam"), 24).support().lead()
        offered = self._sent(names.Person("Mr", "Gareth", "Pugh"), 22).lead().support()
        offered.score(self.lead).propose(self.lead, Outcome.OFFER).release(self.lead)
        self._sent(names.Person("Ms", "Beth", "Ollerton"), 16).support()
        self._story(names.Person("Mr", "Marcus", "Adeyemi"), 11).declare().write(1)
        self._declined(names.Person("Ms", "Joan", "Sykes"))
        self._withdrawn(names.Person("Mr", "Alan", "Pickles"))
        self._invited(personas.NOMINEE.first_name, personas.NOMINEE.last_name, personas.NOMINEE.email)
        people.persona_make(personas.NOMINEE)
        self._by_the_hub(names.Person("Ms", "Ruth", "Crabtree"))

    def _nominate(self, first_name: str, last_name: str, email: str, days: float) -> Nomination:
        at = self.now - timedelta(days=days)
        with told(at):
            return nomination_make(
                round=self.facts.round,
                by=self.head_of_maths,
                at=at,
                first_name=first_name,
                last_name=last_name,
                email=email,
                reason=self.draw.choice(WHY),
                school=self.school,
                role="Head of maths",
            )

    def _person(self, person: names.Person, days: float) -> Nomination:
        email = f"{person.first_name}.{person.last_name}@example.org".lower()
        return self._nominate(person.first_name, person.last_name, email, days)

    def _story(self, person: names.Person, days: float) -> Story:
        nomination = self._person(person, days)
        teacher = people.person_make(person, nomination.email)
        at = self.now - timedelta(days=days - 1)
        return Story(self.draw, self.facts, teacher, self.school, at).accept(nomination)

    def _sent(self, person: names.Person, days: float) -> Story:
        """Everything of the teacher's own; the head of maths who nominated is the subject leader too."""
        head = names.Person("", personas.NOMINATOR.first_name, personas.NOMINATOR.last_name)
        story = self._story(person, days).declare().write().sign().ask()
        return story.ask_leader(head, "Head of maths", personas.NOMINATOR.email).submit()

    def _invited(self, first_name: str, last_name: str, email: str) -> None:
        self._nominate(first_name, last_name, email, 2)

    def _declined(self, person: names.Person) -> None:
        nomination = self._person(person, 9)
        teacher, at = people.person_make(person, nomination.email), self.now - timedelta(days=7)
        with told(at):
            nomination_decline(nomination=nomination, by=teacher, at=at, reason=BUSY)

    def _withdrawn(self, person: names.Person) -> None:
        nomination = self._person(person, 6)
        with told(self.now - timedelta(days=5)):
            nomination_withdraw(nomination=nomination, by=self.head_of_maths, reason="")

    def _lapsed(self, person: names.Person) -> None:
        self._person(person, 33)
        with told(self.now - timedelta(days=33) + LAPSED_AFTER):
            nominations_lapse()

    def _by_the_hub(self, person: names.Person) -> None:
        at = self.now - timedelta(days=3)
        with told(at):
            nomination_make(
                round=self.facts.round,
                by=self.lead,
                at=at,
                first_name=person.first_name,
                last_name=person.last_name,
                email=f"{person.first_name}.{person.last_name}@example.org".lower(),
                reason="She led our secondary Work Group with great skill.",
                hub=self.hub,
            )
