from django.urls import path

from applications.views.national import (
    deferrals,
    extensions,
    matching,
    programmes,
    round_life,
    round_parts,
    round_preview,
    rounds,
    schools,
    selection,
)

urlpatterns = [
    path("national/deferrals/", deferrals.NationalDeferralListView.as_view(), name="national_deferral_list"),
    path("national/matching/", matching.MatchingRoundsView.as_view(), name="national_matching"),
    path("national/matching/<str:code>/", matching.MatchingView.as_view(), name="national_matching_round"),
    path(
        "national/matching/<str:code>/<int:pk>/",
        matching.MatchingProposalView.as_view(),
        name="national_matching_proposal",
    ),
    path(
        "national/matching/<str:code>/<int:pk>/send/",
        matching.MatchingSendView.as_view(),
        name="national_matching_send",
    ),
    path("national/rounds/", rounds.RoundListView.as_view(), name="national_rounds"),
    path("national/rounds/add/", rounds.RoundAddView.as_view(), name="national_round_add"),
    path("national/rounds/<str:code>/", rounds.RoundView.as_view(), name="national_round"),
    path("national/rounds/<str:code>/extensions/", extensions.ExtensionListView.as_view(), name="national_extensions"),
    path(
        "national/rounds/<str:code>/extensions/give/",
        extensions.ExtensionGiveView.as_view(),
        name="national_extension_give",
    ),
    path(
        "national/rounds/<str:code>/extensions/<int:pk>/take-back/",
        extensions.ExtensionCancelView.as_view(),
        name="national_extension_cancel",
    ),
    path("national/rounds/<str:code>/details/", round_parts.RoundDetailsView.as_view(), name="national_round_details"),
    path("national/rounds/<str:code>/dates/", round_parts.RoundDatesView.as_view(), name="national_round_dates"),
    path("national/rounds/<str:code>/places/", round_parts.RoundPlacesView.as_view(), name="national_round_places"),
    path(
        "national/rounds/<str:code>/information/",
        round_parts.RoundDocumentView.as_view(),
        name="national_round_document",
    ),
    path(
        "national/rounds/<str:code>/preview/", round_preview.RoundPreviewView.as_view(), name="national_round_preview"
    ),
    path("national/rounds/<str:code>/copy/", rounds.RoundCopyView.as_view(), name="national_round_copy"),
    path(
        "national/rounds/<str:code>/residentials/",
        round_parts.RoundResidentialsView.as_view(),
        name="national_round_residentials",
    ),
    path("national/rounds/<str:code>/release/", round_parts.RoundReleaseView.as_view(), name="national_round_release"),
    path("national/rounds/<str:code>/points/", round_parts.RoundPointsView.as_view(), name="national_round_points"),
    path("national/rounds/<str:code>/check/", rounds.RoundCheckView.as_view(), name="national_round_check"),
    path("national/rounds/<str:code>/publish/", round_life.RoundPublishView.as_view(), name="national_round_publish"),
    path("national/rounds/<str:code>/close/", round_life.RoundCloseView.as_view(), name="national_round_close"),
    path("national/rounds/<str:code>/reopen/", round_life.RoundReopenView.as_view(), name="national_round_reopen"),
    path("national/rounds/<str:code>/quotas/", selection.NationalQuotasView.as_view(), name="national_quotas"),
    path(
        "national/rounds/<str:code>/quotas/move/", selection.NationalPlaceMoveView.as_view(), name="national_place_move"
    ),
    path(
        "national/rounds/<str:code>/confirmations/",
        selection.NationalConfirmationsView.as_view(),
        name="national_confirmations",
    ),
    path(
        "national/rounds/<str:code>/confirmations/<slug:hub>/",
        selection.NationalConfirmationView.as_view(),
        name="national_confirmation",
    ),
    path("national/programmes/", programmes.ProgrammeListView.as_view(), name="national_programme_list"),
    path("national/programme-add/", programmes.ProgrammeAddView.as_view(), name="national_programme_add"),
    path(
        "national/programme-details/<slug:programme>/",
        programmes.ProgrammeDetailsView.as_view(),
        name="national_programme_details",
    ),
    path(
        "national/programme-years/<slug:programme>/",
        programmes.ProgrammeYearsView.as_view(),
        name="national_programme_years",
    ),
    path("national/cohort-add/", programmes.CohortAddView.as_view(), name="national_cohort_add"),
    path("national/unlisted-schools/", schools.TypedSchoolListView.as_view(), name="national_typed_schools"),
]
