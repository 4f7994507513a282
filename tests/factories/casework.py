import factory

from applications.enums import NoteFor, SavedPage, ScreeningOutcome, State
from applications.models import CaseHolder, Note, SavedView, Screening
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.directory import MathsHubFactory


class ScreeningFactory(factory.django.DjangoModelFactory):
    """Nothing stands against it; `query=True` leaves something to clear up."""

    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    by = factory.SubFactory(UserFactory)
    outcome = ScreeningOutcome.OK

    class Meta:
        model = Screening

    class Params:
        query = factory.Trait(outcome=ScreeningOutcome.QUERY, note="The register has another headteacher.")


class CaseHolderFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    person = factory.SubFactory(UserFactory)
    given_by = factory.SelfAttribute("person")

    class Meta:
        model = CaseHolder


class NoteFactory(factory.django.DjangoModelFactory):
    """For leads and reviewers; `open=True` is for everyone in the hub."""

    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    hub = factory.SelfAttribute("application.hub")
    by = factory.SubFactory(UserFactory)
    text = "Spoke to the school on the telephone."

    class Meta:
        model = Note

    class Params:
        open = factory.Trait(audience=NoteFor.EVERYONE)


class SavedViewFactory(factory.django.DjangoModelFactory):
    user = factory.SubFactory(UserFactory)
    hub = factory.SubFactory(MathsHubFactory)
    page = SavedPage.APPLICATIONS
    name = factory.Sequence(lambda n: f"View {n}")
    query = "state=complete"

    class Meta:
        model = SavedView
