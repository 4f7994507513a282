"""What NCETM writes for a round: each list has the same pages, named after its desk."""

from django.urls import URLPattern, path

from applications.views.national import versions
from applications.views.national.desks import (
    CommitmentsDesk,
    CriteriaDesk,
    Desk,
    EligibilityDesk,
    QuestionsDesk,
    TermsDesk,
)

ROUND = "national/rounds/<str:code>"


def part_urls(desk: type[Desk], place: str) -> list[URLPattern]:
    list_of, name = f"{ROUND}/{place}/", f"national_{desk.name}"
    return [
        path(list_of, versions.PartListView.as_view(desk=desk), name=name),
        path(f"{list_of}add/", versions.PartFormView.as_view(desk=desk), name=f"{name}_add"),
        path(f"{list_of}<slug:key>/", versions.PartFormView.as_view(desk=desk), name=f"{name}_edit"),
        path(f"{list_of}<slug:key>/move/", versions.PartMoveView.as_view(desk=desk), name=f"{name}_move"),
        path(f"{list_of}<slug:key>/remove/", versions.PartRemoveView.as_view(desk=desk), name=f"{name}_remove"),
    ]


def version_urls(desk: type[Desk], place: str, name: str) -> list[URLPattern]:
    version = f"{ROUND}/{place}/version/"
    return [
        path(version, versions.VersionView.as_view(desk=desk), name=name),
        path(f"{version}discard/", versions.VersionDiscardView.as_view(desk=desk), name=f"{name}_discard"),
    ]


urlpatterns = [
    *version_urls(TermsDesk, "terms", "national_terms_version"),
    *part_urls(CriteriaDesk, "criteria"),
    *part_urls(QuestionsDesk, "questions"),
    *part_urls(EligibilityDesk, "eligibility"),
    path(f"{ROUND}/commitments/", versions.CommitmentListView.as_view(), name="national_commitments"),
    *version_urls(CommitmentsDesk, "commitments/<str:whose>", "national_commitment_version"),
    *part_urls(CommitmentsDesk, "commitments/<str:whose>"),
]
