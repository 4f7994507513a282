from django.urls import path

from applications.views.nominations import hub, nominator, nominee

urlpatterns = [
    path("rounds/<str:code>/nominate/", nominator.NominateView.as_view(), name="nominate"),
    path("nominations/", nominator.NominationListView.as_view(), name="nomination_list"),
    path("nominations/<int:pk>/", nominator.NominationPageView.as_view(), name="nomination_page"),
    path("nominations/<int:pk>/correct/", nominator.NominationCorrectView.as_view(), name="nomination_correct"),
    path("nominations/<int:pk>/send-again/", nominator.NominationSendAgainView.as_view(), name="nomination_send_again"),
    path("nominations/<int:pk>/withdraw/", nominator.NominationWithdrawView.as_view(), name="nomination_withdraw"),
    path("nominations/<int:pk>/decline/", nominee.NomineeDeclineView.as_view(), name="nominee_decline"),
    path("nominated/", nominee.NominatedView.as_view(), name="nominated"),
    path("nominated/gone/", nominee.NominatedGoneView.as_view(), name="nominated_gone"),
    path("nominated/decline/", nominee.NominatedDeclineView.as_view(), name="nominated_decline"),
    path("nominated/<str:token>/", nominee.NominatedLinkView.as_view(), name="nominated_link"),
    path("hub/<slug:hub>/nominations/", hub.HubNominationListView.as_view(), name="hub_nomination_list"),
    path("hub/<slug:hub>/nominations/<str:code>/", hub.HubNominateView.as_view(), name="hub_nominate"),
]
