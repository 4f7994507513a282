"""The closing second of a round: everybody submits at once while a worker is killed. Nothing is lost, nobody is late
by a queue, and nobody is in time by one."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from applications.enums import State
from applications.models import Application, Round
from mastery_hub.common import clock
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.counts import count
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.fault.house import House, wait_until
from tests.fault.post_office import PostOffice
from tests.fault.visitor import Answer, Fields, Visitor

pytestmark = [pytest.mark.soak, pytest.mark.fault, pytest.mark.django_db(transaction=True)]

APPLICANTS = count(12, 5_000)
EARLY, LATE = count(2, 60), count(1, 15)  # seconds before and after the closing second in which they press the button
AT_ONCE = count(4, 16)  # connections that the proxy holds to the web processes; whoever finds none waits there
IN_HAND = 2  # letters that a worker of two threads may have been sending when it was killed


@dataclass
class Applicant:
    application: Application
    visitor: Visitor
    path: str
    form: Fields
    arrived_at: float = 0
    answer: Answer | None = None
    seconds: float = 0

    def submit(self) -> None:
        """As the proxy passes it on: with the time of its arrival, however long it has waited since."""
        self.answer = self.visitor.post(self.path, self.form, **{"X-Request-Start": f"t={self.arrived_at:.6f}"})
        self.seconds = time.time() - self.arrived_at


def seated(house: House, round: Round) -> list[Applicant]:
    """Everybody has the page with the button open."""
    hub, school = MathsHubFactory(), SchoolFactory()
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    found = []
    for _ in range(APPLICANTS):
        application = ApplicationFactory(round=round, hub=hub, school=school, ready=True)
        visitor, path = Visitor(house.site, application.applicant), url(application, "check")
        found.append(Applicant(application, visitor, path, {}))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for applicant, page in zip(found, pool.map(lambda each: each.visitor.get(each.path), found), strict=True):
            applicant.form = page.form()
    return found


def pressed_at_the_last_minute(house: House, applicants: list[Applicant], closes_at: datetime) -> None:
    began = time.time()
    step = (EARLY + LATE) / len(applicants)
    assert closes_at.timestamp() >= began + EARLY
    with ThreadPoolExecutor(AT_ONCE) as proxy:
        for number, applicant in enumerate(applicants):
            time.sleep(max(0, closes_at.timestamp() - EARLY + number * step - time.time()))
            applicant.arrived_at = time.time()
            proxy.submit(applicant.submit)
            if number == len(applicants) // 2:
                house.end("worker")
                Email.objects.filter(status=EmailStatus.SENDING).update(claimed_until=real_now())  # no lease of minutes


def told(applicants: list[Applicant], seconds: float) -> str:
    times = sorted(applicant.seconds for applicant in applicants)
    median, slow = times[len(times) // 2], times[int(len(times) * 0.99)]
    rate = f"{len(times)} submissions in {seconds:.0f} s"
    return f"\n{rate}: answered after {median:.2f} s (median), {slow:.2f} s (p99), {times[-1]:.2f} s (all)\n"


def test_deadline_night(house: House, post_office: PostOffice, capsys: pytest.CaptureFixture[str]) -> None:
    post_office.seconds_a_letter = 0.01
    round = RoundFactory(complete=True)
    house.redis()
    house.worker()
    house.beat()
    house.web(workers=2, threads=8, TRUSTED_PROXY="127.0.0.1")
    applicants = seated(house, round)
    closes_at = clock.now() + timedelta(seconds=EARLY + 1)
    Round.objects.filter(pk=round.pk).update(closes_at=closes_at)

    began = time.monotonic()
    pressed_at_the_last_minute(house, applicants, closes_at)
    with capsys.disabled():
        sys.stdout.write(told(applicants, time.monotonic() - began))

    house.worker("another-worker")

    in_time = [each for each in applicants if each.arrived_at < closes_at.timestamp()]
    late = [each for each in applicants if each.arrived_at >= closes_at.timestamp()]
    assert in_time
    assert late
    answered = {each.path: each.answer for each in applicants if each.answer}
    assert len(answered) == APPLICANTS  # nobody was hung up on, late or not
    assert {answer.status for answer in answered.values()} == {302}
    thanked = [answered[each.path].location for each in in_time]
    assert thanked == [url(each.application, "submitted") for each in in_time]
    saved = dict(Application.objects.values_list("pk", "submitted_at"))
    assert {pk for pk, at in saved.items() if at} == {each.application.pk for each in in_time}
    for each in in_time:
        arrived = datetime.fromtimestamp(each.arrived_at, tz=UTC)
        assert abs(saved[each.application.pk] - arrived) < timedelta(milliseconds=50)
    assert set(Application.objects.filter(submitted_at=None).values_list("state", flat=True)) == {State.DRAFT}

    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists(), seconds=count(90, 900))
    confirmed = Email.objects.filter(kind="application_submitted").values_list("to", flat=True)
    assert sorted(confirmed) == sorted(each.application.applicant.email for each in in_time)
    assert set(post_office.message_ids) == set(Email.objects.values_list("message_id", flat=True))
    assert len(post_office.letters) - Email.objects.count() <= IN_HAND
