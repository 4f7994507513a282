"""The applicant's own answers, one card for each section, as components/summary_list.html shows them."""

from collections.abc import Callable
from typing import Any

from applications.applicant_presenters.documents import document_rows
from applications.applicant_presenters.eligibility import answer_rows, exception_of, exception_words, stored_rows
from applications.applicant_presenters.sections import answer_href, section_href
from applications.applicant_presenters.status import leader_words, support_words
from applications.eligibility import current_leader, current_support
from applications.enums import Section, Shown
from applications.models import Application
from applications.presenters import kind_in_words
from cohorts.terms import promised
from mastery_hub.common.forms.words import words_count
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.models import School

Row = dict[str, Any]


def _row(key: str, value: Any, missing: str = "Not given", **more: Any) -> Row:
    return {"key": key, "value": value, "missing": missing, **more}


def _about(application: Application) -> list[Row]:
    person = application.applicant
    return [
        _row("Name", person.full_name, "Not entered"),
        _row("Email address", person.email),
        _row("Role", application.job_title, "Not entered"),
        _row("Phase you teach", application.phases_in_words, "Not selected"),
        _row("Teacher reference number (TRN)", person.trn, "Not entered"),
        _row("Telephone", person.telephone),
        _row("NCETM username", person.ncetm_username),
    ]


def _school(application: Application) -> list[Row]:
    school = application.school
    if school is None:
        return [_row("School", "", "Not chosen")]
    told = [] if school.is_listed else unlisted_rows(school)
    return [_row("School", f"{school}\n{school.place}\n{school.urn_in_words}"), *told, *hub_rows(application)]


def hub_rows(application: Application) -> list[Row]:
    rows = [_row("Home hub", str(application.home_hub))]
    if application.is_to_another_hub:
        rows += [_row("You are applying to", str(application.hub)), _row("Why", application.hub_reason)]
    return rows


def unlisted_rows(school: School) -> list[Row]:
    """What the register would have told of it."""
    authority = f"{school.authority}, {school.district}" if school.district else str(school.authority)
    return [
        _row("Local authority", authority),
        _row("Kind of school", f"{kind_in_words(school)}. Your Maths Hub will check this"),
    ]


def _eligibility(application: Application) -> list[Row]:
    rows = answer_rows(application) if application.submitted_at is None else stored_rows(application)
    exception = exception_of(application)
    return [*rows, _row("Exception", exception_words(exception))] if exception else rows


def _declarations(application: Application) -> list[Row]:
    met = {d.criterion_id: "Yes" if d.met else "No" for d in application.declarations.all()}
    declared = [c for c in application.terms.criteria.all() if c.shown == Shown.DECLARED]
    return [_row(c.declaration or c.text, met.get(c.pk, ""), "Not answered") for c in declared]


def _evidence(application: Application) -> list[Row]:
    texts = {answer.question_id: answer.text.strip() for answer in application.answers.all()}
    rows = []
    for question in application.terms.questions.all():
        text = texts.get(question.pk, "")
        count = f"{words_count(text)} of {question.word_limit} words"
        hidden = f"answer to question {question.order}"
        rows.append(
            _row(
                question.text, text, "Not answered", count=count, href=answer_href(application, question), hidden=hidden
            )
        )
    return rows


def _commitments(application: Application) -> list[Row]:
    pledge = application.pledge
    if pledge is None:
        return [_row("Your commitments", "", "Not signed")]
    texts = [f"{c.order}. {c.text}" for c in pledge.commitment_set.commitments.all()]
    years = [f"{year['title']}\n{year['text']}".strip() for year in pledge.years]
    return [
        *(_row(name, words) for name, words in promised(pledge)),
        *([_row("What each year holds", "\n\n".join(years))] if years else []),
        _row("You agreed to", "\n".join(texts)),
        _row("Signed", f"{pledge.signed_as}, {moment(pledge.signed_at)}"),
    ]


def _headteacher(application: Application) -> list[Row]:
    support = current_support(application)
    if support is None:
        return [_row("Headteacher", "", "Not named")]
    return [
        _row("Headteacher", support.full_name),
        _row("Email address", support.email),
        _row("Support", support_words(support)),
    ]


def _subject_leader(application: Application) -> list[Row]:
    support = current_leader(application)
    if support is None:
        return [_row("Subject leader", "", "Not named")]
    return [
        _row("Subject leader", f"{support.full_name}, {support.role_words}"),
        _row("Email address", support.email),
        _row("Support", leader_words(support)),
    ]


ROWS: dict[Section, Callable[[Application], list[Row]]] = {
    Section.ABOUT: _about,
    Section.SCHOOL: _school,
    Section.ELIGIBILITY: _eligibility,
    Section.DECLARATIONS: _declarations,
    Section.EVIDENCE: _evidence,
    Section.COMMITMENTS: _commitments,
    Section.HEADTEACHER: _headteacher,
    Section.SUBJECT_LEADER: _subject_leader,
}


def answer_cards(application: Application, *, changeable: bool) -> list[dict[str, Any]]:
    """With links to change each part while the application is a draft; evidence, being long, changes row by row."""
    cards = []
    for section, rows_of in ROWS.items():
        if section == Section.SUBJECT_LEADER and not application.round.asks_subject_leader:
            continue
        rows, is_long = rows_of(application), section == Section.EVIDENCE
        if section == Section.ELIGIBILITY and not rows:
            continue
        for row in rows:
            row["href"] = f"{row['href']}?from=check" if changeable and "href" in row else ""
        href = f"{section_href(application, section)}?from=check" if changeable and not is_long else ""
        cards.append({"title": section.label, "rows": rows, "href": href, "is_long": is_long})
        if section == Section.EVIDENCE and (documents := document_rows(application, changeable=changeable)):
            cards.append({"title": "Supporting documents", "rows": documents, "href": "", "is_long": False})
    return cards
