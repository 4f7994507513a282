from django.urls import path

from applications.views.support import again, links, pages, passing, several

urlpatterns = [
    path("support/", pages.SupportStartView.as_view(), name="support_start"),
    path("support/gone/", links.SupportGoneView.as_view(), name="support_gone"),
    path("support/application/", pages.SupportAnswersView.as_view(), name="support_answers"),
    path("support/statement/", pages.SupportStatementView.as_view(), name="support_statement"),
    path("support/commitments/", pages.SupportCommitmentsView.as_view(), name="support_commitments"),
    path("support/decline/", pages.SupportDeclineView.as_view(), name="support_decline"),
    path("support/pass-on/", passing.SupportPassOnView.as_view(), name="support_pass_on"),
    path("support/passed/", passing.SupportPassedView.as_view(), name="support_passed"),
    path("support/all/", several.SupportSeveralView.as_view(), name="support_several"),
    path("support/done/", pages.SupportDoneView.as_view(), name="support_done"),
    path("support/new-link/", links.SupportNewLinkView.as_view(), name="support_new_link"),
    path("support/new-link/sent/", links.SupportNewLinkSentView.as_view(), name="support_new_link_sent"),
    path("support/again/", again.RenewalStartView.as_view(), name="renewal_start"),
    path("support/again/decline/", again.RenewalDeclineView.as_view(), name="renewal_decline"),
    path("support/again/done/", again.RenewalDoneView.as_view(), name="renewal_done"),
    path("support/again/<str:token>/", again.RenewalLinkView.as_view(), name="renewal_link"),
    path("support/<str:token>/", links.SupportLinkView.as_view(), name="support_link"),
]
