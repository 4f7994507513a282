"""Two rounds of applications: the one that is over, and the open one with applications at every stage."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from applications.enums import Outcome
from applications.services.announcements import announcements_send
from applications.services.extensions import extension_give
from applications.services.renewals import renewal_ask_new_head
from applications.services.rounds import rounds_close
from applications.services.selection import offers_lapse
from applications.services.support import support_confirm_headteacher
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.demo.world import names, people, schools
from mastery_hub.demo.world.programmes import PRIMARY_PHASES
from mastery_hub.demo.world.referred import Referring
from mastery_hub.demo.world.stories import RoundFacts, Story
from mastery_hub.directory.enums import STATE_FUNDED_GROUPS
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.unlisted import SchoolTold

SELECTION = timedelta(days=170)  # from closing to the day on which hubs tell applicants
PAST_ENDINGS = {
    "accepted": 16, "unsuccessful": 3, "reserved": 2, "declined": 1, "offered": 1, "draft": 2, "waiting": 1,
}  # fmt: skip
OPEN_ENDINGS = {
    "draft": 7, "waiting": 6, "complete": 9, "scored": 3, "offer proposed": 2, "reserve proposed": 1,
    "unsuccessful proposed": 1, "reserved": 1, "offered": 1, "accepted": 1, "withdrawn": 1,
}  # fmt: skip
TRUST = {
    "first_name": "Stephen", "last_name": "Marsden", "role": "Executive headteacher",
    "email": "stephen.marsden@calder-trust.example", "reason": "Our trust signs for all of its schools.",
}  # fmt: skip
CHAIR = {
    "first_name": "Desmond", "last_name": "Achebe", "role": "Chair of governors",
    "email": "chair@hawkstone-primary-school.example",
}  # fmt: skip
NEW_HEAD = {"first_name": "Carol", "last_name": "Whitworth", "email": "carol.whitworth@example.org"}
OUTCOMES = {"unsuccessful": Outcome.UNSUCCESSFUL, "reserved": Outcome.RESERVE, "reserve proposed": Outcome.RESERVE,
            "unsuccessful proposed": Outcome.UNSUCCESSFUL}  # fmt: skip

WHY_TWO_DAYS = (
    "I share Year 5 with a colleague until July. From September my headteacher gives me the class for four days a "
    "week, and she has said so to the hub.\n\nI have led maths in our school for three years and would not want to "
    "wait another one."
)

NEW_SCHOOL_HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "samira.hussain@example.org"}
DEFERRING = (
    (True, "Imogen Harcastle", "I am expecting a child in October and want to begin when I am back.", "September 2028"),
    (False, "Leila Brandon", "My school merges with its infant school this year, and I lead maths through it.", ""),
)
WITH_PLEASURE = "Your school has spoken to us. We keep a place for you, and will be in touch in the spring."


def morning(day: datetime) -> datetime:
    return clock.london(day).replace(hour=10, minute=12, second=0, microsecond=0)


@dataclass
class Recruiting:
    """`staff` are those who score in each hub, its lead first."""

    draw: Random
    staff: dict[MathsHub, list[User]]
    now: datetime

    def __post_init__(self) -> None:
        self.teachers = people.teachers(self.draw)
        home: dict[int | None, MathsHub] = {hub.pk: hub for hub in self.staff}
        found = School.objects.open().filter(phase__in=PRIMARY_PHASES, type_group__in=STATE_FUNDED_GROUPS)
        self.schools: dict[MathsHub, list[School]] = {hub: [] for hub in self.staff}
        for school in found.exclude(urn__in=schools.FIXED).with_hub().order_by("urn"):
            self.schools[home[school.home_hub_id]].append(school)
        self.fixed = School.objects.in_bulk(list(schools.FIXED))
        self.hub = next(hub for hub in self.staff if hub.slug == personas.HUB)

    def past(self, facts: RoundFacts, scale: int) -> None:
        """Ends as rounds do: what was not submitted or supported in time expires, and one offer lapses."""
        closes = facts.round.closes_at
        self._specialist(facts)
        for ending, hub in self._plan(PAST_ENDINGS, scale):
            story = self._story(facts, hub, facts.round.opens_at + timedelta(days=self.draw.randint(1, 50)))
            self._live(story, ending, self.staff[hub][0], morning(closes + SELECTION))
        with told(closes + GRACE):
            rounds_close()
        with told(closes + SELECTION + timedelta(days=30)):
            offers_lapse()
        self._withdrawn(facts)

    def open(self, facts: RoundFacts, scale: int) -> None:
        self._at_larkmoor(facts)
        self._at_the_hub(facts)
        self._more_time(facts)
        for ending, hub in self._plan(OPEN_ENDINGS, scale):
            story = self._story(facts, hub, self.now - timedelta(days=self.draw.randint(14, 40)))
            self._live(story, ending, self.staff[hub][0], morning(self.now - timedelta(days=6)))
        self._deferred(facts)
        self._moving(facts)
        Referring(self.draw, facts, self.staff, self.now).make(self.fixed[schools.BECKSIDE])

    def _deferred(self, facts: RoundFacts) -> None:
        """One who asks to begin a year later, and one for whom the hub keeps a place until it has places next year."""
        lead = self.staff[self.hub][0]
        for asks, name, reason, until in DEFERRING:
            email = f"{name.replace(' ', '.').lower()}@example.org"
            person = people.person_make(names.Person("Ms", *name.split(" ")), email)
            story = self._of(facts, person, self.fixed[schools.BECKSIDE], self.now - timedelta(days=33)).whole()
            self._live_on(story, lead)
            story.at = morning(self.now - timedelta(days=3))
            story.defer(reason, until)
            if not asks:
                story.keep(lead, WITH_PLEASURE)

    def _moving(self, facts: RoundFacts) -> None:
        """One who holds an offer and moves to another school of the hub, which is to decide."""
        lead = self.staff[self.hub][0]
        person = people.person_make(names.Person("Mr", "Callum", "Redfern"), "callum.redfern@example.org")
        story = self._of(facts, person, self.fixed[schools.BECKSIDE], self.now - timedelta(days=32)).whole()
        story.at = max(story.at, morning(self.now - timedelta(days=11)))
        story.score(lead).propose(lead, Outcome.OFFER).release(lead)
        story.at = morning(self.now - timedelta(days=1))
        story.move(self.fixed[schools.HAWKSTONE], NEW_SCHOOL_HEAD)

    def _live_on(self, story: Story, lead: User) -> None:
        story.at = max(story.at, morning(self.now - timedelta(days=12)))
        story.score(lead).propose(lead, Outcome.OFFER).release(lead).answer()

    def _plan(self, endings: dict[str, int], scale: int) -> Iterator[tuple[str, MathsHub]]:
        """Endings over the hubs in turn, so that a hub sees one of everything before it sees a second."""
        plan = [ending for ending, count in endings.items() for _ in range(count * scale)]
        hubs = [hub for hub in self.staff if hub.slug not in (personas.HUB, personas.RESTING_HUB)]
        self.draw.shuffle(hubs)
        for number, ending in enumerate(plan):
            yield ending, hubs[number % len(hubs)]

    def _story(self, facts: RoundFacts, hub: MathsHub, day: datetime, school: School | None = None) -> Story:
        person, email = next(self.teachers)
        return self._of(facts, people.person_make(person, email), school or self.draw.choice(self.schools[hub]), day)

    def _of(self, facts: RoundFacts, teacher: User, school: School, day: datetime) -> Story:
        at = day.replace(hour=self.draw.randint(8, 13), minute=self.draw.randint(0, 59), second=0, microsecond=0)
        return Story(self.draw, facts, teacher, school, at)

    def _live(self, story: Story, ending: str, lead: User, decided: datetime) -> None:
        if ending == "draft":
            story.start().declare().write(self.draw.randint(0, 4))
            return
        if ending == "waiting":
            story.start().declare().write().sign().ask().submit()
            return
        story.whole()
        if ending == "withdrawn":
            story.withdraw()
        elif ending != "complete":
            self._decide(story, ending, lead, decided)

    def _decide(self, story: Story, ending: str, lead: User, decided: datetime) -> None:
        story.at = max(story.at, decided)
        story.score(lead)
        if ending == "scored":
            return
        story.propose(lead, OUTCOMES.get(ending, Outcome.OFFER))
        if ending.endswith("proposed"):
            return
        story.release(lead)
        if ending in ("accepted", "declined"):
            story.answer(accept=ending == "accepted")

    def _specialist(self, facts: RoundFacts) -> None:
        """The persona who was appointed last year, whose headteacher the hub then confirmed; and one more."""
        lead = self.staff[self.hub][0]
        day = facts.round.opens_at + timedelta(days=12)
        people.persona_make(personas.HEADTEACHER)
        grace = self._of(facts, people.persona_make(personas.SPECIALIST), self.fixed[schools.LARKMOOR], day)
        self._live(grace, "accepted", lead, morning(facts.round.closes_at + SELECTION))
        with told(grace.at + timedelta(days=1)):
            grace.request.refresh_from_db()
            support_confirm_headteacher(support=grace.request, by=lead)
        self._live(self._story(facts, self.hub, day), "accepted", lead, morning(facts.round.closes_at + SELECTION))

    def _withdrawn(self, facts: RoundFacts) -> None:
        """The persona with a draft wrote a year ago already, and is offered what she wrote."""
        amira = people.persona_make(personas.DRAFT)
        day = morning(facts.round.opens_at + timedelta(days=20))
        Story(Random(11), facts, amira, self.fixed[schools.LARKMOOR], day).start().write().withdraw()

    def _at_larkmoor(self, facts: RoundFacts) -> None:
        larkmoor = self.fixed[schools.LARKMOOR]
        amira = User.objects.get(email=personas.DRAFT.email)
        self._of(facts, amira, larkmoor, self.now - timedelta(days=9)).start().declare().write(2).write(skipping=4)
        tom = people.person_make(names.Person("Mr", "Tom", "Brightwell"), "tom.brightwell@example.org")
        self._of(facts, tom, larkmoor, self.now - timedelta(days=6)).start().declare().write().sign().ask().submit()
        priya = people.person_make(names.Person("Ms", "Priya", "Chandler"), "priya.chandler@example.org")
        self._of(facts, priya, larkmoor, self.now - timedelta(days=5)).start().declare().write(3).sign().ask()

    def _at_the_hub(self, facts: RoundFacts) -> None:
        """What hub lead and reviewer find: one offer out, one proposed, one for the reserve list, three to score."""
        lead, reviewer = self.staff[self.hub]
        daniel = people.persona_make(personas.OFFER)
        offered = self._of(facts, daniel, self.fixed[schools.BECKSIDE], self.now - timedelta(days=30))
        offered.whole().score(reviewer).score(lead).propose(lead, Outcome.OFFER)
        offered.at = morning(self.now - timedelta(days=4))
        offered.release(lead)
        days = [self.now - timedelta(days=days) for days in (25, 22, 20, 16, 12)]
        several = list(islice((self._story(facts, self.hub, day).whole() for day in days), 4))
        several[0].score(reviewer).score(lead).propose(lead, Outcome.OFFER)
        several[1].score(reviewer).score(lead).propose(lead, Outcome.RESERVE)
        several[2].score(reviewer)
        trust = self._story(facts, self.hub, days[-1], self.fixed[schools.HAWKSTONE])
        trust.start().declare().write().sign().ask().submit().pass_on(**TRUST).support()
        self._unlisted(facts, self.fixed[schools.HAWKSTONE])
        self._head_applies(facts, self.fixed[schools.HAWKSTONE])
        with told(self.now - timedelta(days=2)):
            renewal_ask_new_head(support=several[3].request, by=lead, **NEW_HEAD)
        self._excepted(facts)
        self._from_a_resting_hub(facts)

    def _head_applies(self, facts: RoundFacts, school: School) -> None:
        """A headteacher who applies: the chair of governors signs, and the hub lead is to agree to that."""
        nadia = people.person_make(names.Person("Ms", "Nadia", "Rahman"), "nadia.rahman@example.org")
        story = self._of(facts, nadia, school, self.now - timedelta(days=11))
        story.signatory = CHAIR
        story.whole()

    def _excepted(self, facts: RoundFacts) -> None:
        """Who teaches two days a week, where the hub's own rule asks for three, and waits for its exception."""
        rosa = self._of(
            facts,
            people.persona_make(personas.EXCEPTION),
            self.fixed[schools.BECKSIDE],
            self.now - timedelta(days=8),
        )
        rosa.days = 2
        rosa.start().declare().write().ask_exception(WHY_TWO_DAYS).sign().ask().submit().support()

    def _from_a_resting_hub(self, facts: RoundFacts) -> None:
        """Whose home hub does not recruit, so that the neighbour takes the application."""
        resting = next(hub for hub in self.staff if hub.slug == personas.RESTING_HUB)
        away = self._story(facts, resting, self.now - timedelta(days=11)).start().elsewhere(self.hub, "")
        away.declare().write().sign().ask().submit().support()

    def _more_time(self, facts: RoundFacts) -> None:
        """One hub's schools were flooded, and one teacher was ill: NCETM gave both more time."""
        national = User.objects.get(email=personas.NATIONAL.email)
        flooded = next(hub for hub in self.staff if hub.slug not in (personas.HUB, personas.RESTING_HUB))
        for hub in (flooded, self.hub):
            story = self._story(facts, hub, self.now - timedelta(days=11)).start().declare().write(1)
            whose = {"applicant": story.teacher} if hub == self.hub else {"hub": hub}
            reason = "Ill for three weeks" if hub == self.hub else "Floods closed most schools of the region for a week"
            closes_at = facts.round.closes_at + timedelta(days=7)
            with told(morning(self.now - timedelta(days=2))):
                extension_give(round=facts.round, by=national, reason=reason, closes_at=closes_at, **whose)
                announcements_send()

    def _unlisted(self, facts: RoundFacts, school: School) -> None:
        """A teacher who did not find the school by its new name and typed it in: the hub lead says which it is."""
        bethan = people.person_make(names.Person("Ms", "Bethan", "Lockwood"), "bethan.lockwood@example.org")
        story = self._of(facts, bethan, school, self.now - timedelta(days=10))
        story.told = replace(SchoolTold.of(school), name="Hawkstone Academy", postcode="")
        story.whole()
