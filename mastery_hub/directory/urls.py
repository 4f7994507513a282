from django.urls import path

from mastery_hub.directory.views import public

urlpatterns = [
    path("schools/", public.SchoolSearchView.as_view(), name="school_search"),
    path("find-your-hub/", public.FindYourHubView.as_view(), name="find_your_hub"),
    path("find-your-hub/<int:urn>/", public.SchoolHubView.as_view(), name="school_hub"),
    path("hubs/", public.HubListView.as_view(), name="hub_list"),
    path("hubs/<slug:hub>/", public.HubPageView.as_view(), name="hub_page"),
]
