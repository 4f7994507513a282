"""An applicant’s steps in the life cycle."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from applications.enums import (
    ENDED,
    Shown,
    State,
    WithdrawalReason,
)
from applications.models import Application
from applications.models import Question as AskedQuestion
from applications.services.applications import (
    application_save_about,
    application_save_answer,
    application_save_declarations,
    application_sign,
    application_submit,
    offer_accept,
    offer_decline,
)
from applications.services.deletion import application_delete
from applications.services.eligibility import eligibility_save, exception_ask
from applications.services.school_choice import application_save_school
from applications.services.support import (
    support_request,
)
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from mastery_hub.common.writing import Seen
from tests.applications.life.parts import LAG, PLACE, RIGHT, TEACHER, Part


class Applicants(Part):
    @rule(teacher=TEACHER, lag=LAG)
    def start(self, teacher: int, lag: timedelta) -> None:
        play = self.play
        live = Application.objects.filter(applicant=play.teachers[teacher]).exclude(state__in=ENDED).exists()
        given = [e.row for e in play.given if e.stands and e.row.applicant == play.teachers[teacher]]
        ends = max([play.closes, *(row.closes_at for row in given if row.closes_at)])
        refused = play.start(teacher, lag)
        assert refused == ("" if live or play.now - lag < ends else "closed")

    @rule(teacher=TEACHER)
    def fill(self, teacher: int) -> None:
        """Everything that is still missing, as far as it may be written."""
        play, by = self.play, self.play.teachers[teacher]
        play.start(teacher)
        draft = play.newest(teacher)
        if draft is None or draft.state != State.DRAFT:
            return
        title = play.word("title")
        person = {"first_name": by.first_name, "last_name": by.last_name, "trn": by.trn}
        application_save_about(application=draft, by=by, job_title=title, phase="key_stage_2", person=person)
        play.titles[draft.pk] = title
        if draft.school is None:
            application_save_school(application=draft, by=by, school=play.schools[0])
        rules = draft.terms.eligibility_questions.all()
        eligibility_save(application=draft, by=by, answers={each.key: "yes" for each in rules})
        met = dict.fromkeys(draft.terms.criteria.filter(shown=Shown.DECLARED), True)
        application_save_declarations(application=draft, by=by, met=met)
        for question in draft.terms.questions.all():
            if not play.texts.get((draft.pk, question.key)):
                self.answered(draft, question, play.word("answer"))
        draft = play.newest(teacher)
        assert draft
        if draft.pledge is None:
            own = play.agreed(draft, Whose.APPLICANT)
            application_sign(application=draft, by=by, agreed=own, signed_as=by.full_name)
        if play.support_of(draft) is None:
            self.request(teacher, 0, right=True)

    def answered(self, application: Application, question: AskedQuestion, text: str, page: Seen | None = None) -> None:
        by = application.applicant
        row = application_save_answer(application=application, by=by, question=question, text=text, page=page)
        self.play.texts[application.pk, row.question.key] = row.text
        self.play.marks.setdefault((application.pk, row.question.key), []).append(row.mark)

    @rule(teacher=TEACHER, number=PLACE, known=st.integers(0, 3), right=RIGHT)
    def write(self, teacher: int, number: int, known: int, right: bool) -> None:
        """From a window that knows only the save of some saves ago."""
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        asked = list(AskedQuestion.objects.filter(terms__round=play.round_key, terms__published_at__isnull=False))
        question = asked[number % len(asked)]
        key = (application.pk, question.key)
        marks, text = play.marks.get(key, []), play.word("answer")
        page = Seen(frozenset(marks[-1 - known :][:1]))
        by = application.applicant if right else play.strangers[number % 3]
        told = {"application": application, "by": by, "question": question, "text": text, "page": page}
        refused = play.refusal(application_save_answer, **told)
        unseen = bool(play.texts.get(key)) and marks[-1] not in page.marks
        if application.state != State.DRAFT or not right:
            assert refused == "not-editable"
        else:
            assert refused == ("changed-elsewhere" if unseen else "")
        if not refused:
            row = application.answers.get(question__key=question.key)
            play.texts[key] = text
            play.marks.setdefault(key, []).append(row.mark)

    @rule(teacher=TEACHER, number=PLACE)
    def move_school(self, teacher: int, number: int) -> None:
        application = self.play.newest(teacher)
        if application:
            school = self.play.schools[number % 2]
            told = {"application": application, "by": application.applicant, "school": school}
            self.play.refusal(application_save_school, **told)

    @rule(teacher=TEACHER, answer=st.sampled_from(["yes", "no"]))
    def check(self, teacher: int, answer: str) -> None:
        application = self.play.newest(teacher)
        if application:
            answers = {each.key: answer for each in application.terms.eligibility_questions.all()}
            self.play.refusal(eligibility_save, application=application, by=application.applicant, answers=answers)

    @rule(teacher=TEACHER)
    def plead(self, teacher: int) -> None:
        application = self.play.newest(teacher)
        if application:
            told = {"application": application, "by": application.applicant, "reason": "From September I do."}
            self.play.refusal(exception_ask, **told)

    @rule(teacher=TEACHER, lag=LAG, right=RIGHT)
    def submit(self, teacher: int, lag: timedelta, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        at, ends = play.now - lag, play.closes_for(application)
        by = application.applicant if right else play.strangers[1]
        refused = play.refusal(application_submit, application=application, by=by, at=at)
        if application.state == State.DRAFT:
            assert (refused == "closed") == (at >= ends), "counted late though in time, or in time though late"
            assert right or refused
        else:
            assert refused in ("stale", "not-allowed")
            in_time = application.round.opens_at <= at < ends
            assert not (application.state == State.EXPIRED and in_time), "ended before its time"
        if not refused:
            application.refresh_from_db()
            assert application.submitted_at == at

    @rule(teacher=TEACHER, right=RIGHT)
    def withdraw(self, teacher: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application:
            by = application.applicant if right else play.leads[0]
            why = WithdrawalReason.OTHER
            refused = play.refusal(application_withdraw, application=application, by=by, why=why, words="I move away.")
            assert right or refused

    @rule(teacher=TEACHER, right=RIGHT)
    def delete(self, teacher: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application:
            by = application.applicant if right else play.strangers[1]
            if not play.refusal(application_delete, application=application, by=by):
                assert right
                play.forget(application)

    @rule(teacher=TEACHER, lag=LAG, accepts=st.booleans(), right=RIGHT)
    def answer_offer(self, teacher: int, lag: timedelta, accepts: bool, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        offer, at = application.offers.filter(replied_at=None).first(), play.now - lag
        by = application.applicant if right else play.strangers[1]
        told = {"application": application, "by": by, "at": at}
        told |= {} if accepts else {"reason": play.hide(play.word("no-thanks"), application)}
        refused = play.refusal(offer_accept if accepts else offer_decline, **told)
        if application.state == State.OFFERED and right:
            assert offer
            assert refused == ("" if at < offer.reply_by else "reply-by-passed")
        else:
            assert refused
            missed = application.state == State.LAPSED and application.offers.first()
            assert not (missed and at < missed.reply_by), "lapsed before its time"

    @rule(teacher=TEACHER, number=PLACE, right=RIGHT)
    def request(self, teacher: int, number: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        email = play.head_address(teacher, number) if number < 3 else application.applicant.email
        by = application.applicant if right else play.strangers[2]
        names = {"first_name": f"Head{number}", "last_name": "Marsh", "email": email}
        wrote = play.statement_of(application, email)
        before = play.support_of(application)
        refused = play.refusal(support_request, application=application, by=by, at=play.now, **names)
        assert right or refused
        if refused:
            return
        assert number < 3
        assert play.now < play.support_closes_for(application)
        asked = play.support_of(application)
        assert asked
        if asked != before and wrote:
            assert asked.statement.text == wrote
            play.statements[asked.pk] = wrote
