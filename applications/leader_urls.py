from django.urls import path

from applications.views.support import leader, links

urlpatterns = [
    path("subject-leader/", leader.LeaderStartView.as_view(), name="leader_start"),
    path("subject-leader/statement/", leader.LeaderStatementView.as_view(), name="leader_statement"),
    path("subject-leader/sign/", leader.LeaderSignView.as_view(), name="leader_sign"),
    path("subject-leader/decline/", leader.LeaderDeclineView.as_view(), name="leader_decline"),
    path("subject-leader/done/", leader.LeaderDoneView.as_view(), name="leader_done"),
    path("subject-leader/new-link/", links.LeaderNewLinkView.as_view(), name="leader_new_link"),
    path("subject-leader/<str:token>/", links.LeaderLinkView.as_view(), name="leader_link"),
]
