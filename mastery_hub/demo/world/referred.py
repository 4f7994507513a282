"""Candidates without a place, referred by the hub of the personas, at every step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from applications.enums import Outcome
from applications.hubs import neighbours_with_places
from applications.models import Referral
from applications.services.referrals import (
    referral_accept,
    referral_ask,
    referral_consent,
    referral_decline,
    referral_refuse,
    referral_take_back,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.demo.world import names, people
from mastery_hub.demo.world.stories import RoundFacts, Story
from mastery_hub.directory.models import MathsHub, School

WHY = (
    "Your evidence is among the strongest that we read, and all our places are taken. Our neighbours have places left "
    "and work with schools like yours."
)
WELCOME = "We have read your application with interest and decide about it in our next panel."
NO_TIME = "Our remaining places are for early years, which you do not teach at present."
SENT = (
    ("Bethany Ashworth", "asked"),
    ("Marcus Oyelaran", "consented"),
    ("Priya Chandrasekar", "accepted"),
    ("Gareth Llewellyn", "declined"),
    ("Hannah Birtwistle", "refused"),
    ("Tomasz Zielinski", "taken back"),
)


@dataclass
class Referring:
    draw: Random
    facts: RoundFacts
    staff: dict[MathsHub, list[User]]
    now: datetime

    def make(self, school: School) -> None:
        hub = next(hub for hub in self.staff if hub.slug == personas.HUB)
        others = [row.hub for row in neighbours_with_places(hub, self.facts.round)]
        for number, (name, state) in enumerate(SENT if others else ()):
            self._refer(name, school, hub, others[number % len(others)], state)

    def _refer(self, name: str, school: School, hub: MathsHub, to_hub: MathsHub, state: str) -> None:
        lead, other = self.staff[hub][0], self.staff[to_hub][0]
        person = people.person_make(
            names.Person("Ms", *name.split(" ")), f"{name.replace(' ', '.').lower()}@example.org"
        )
        begun = (self.now - timedelta(days=34)).replace(hour=11, minute=20, second=0, microsecond=0)
        story = Story(self.draw, self.facts, person, school, begun).whole()
        story.at = max(story.at, self._days_ago(9))
        story.score(lead).propose(lead, Outcome.RESERVE).release(lead)
        with told(self._days_ago(5)):
            story.application.refresh_from_db()
            referral = referral_ask(application=story.application, by=lead, to_hub=to_hub, reason=WHY)
        with told(self._days_ago(4)):
            if state == "refused":
                referral_refuse(referral=referral, by=person)
            elif state != "asked":
                referral = referral_consent(referral=referral, by=person, at=clock.now())
        answers: dict[str, Callable[[], Referral]] = {
            "accepted": lambda: referral_accept(referral=referral, by=other, reason=WELCOME),
            "declined": lambda: referral_decline(referral=referral, by=other, reason=NO_TIME),
            "taken back": lambda: referral_take_back(referral=referral, by=lead),
        }
        if state in answers:
            with told(self._days_ago(2)):
                answers[state]()

    def _days_ago(self, days: int) -> datetime:
        return clock.london(self.now - timedelta(days=days)).replace(hour=10, minute=40, second=0, microsecond=0)
