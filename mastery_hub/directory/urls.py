from django.urls import path

from mastery_hub.directory.views import areas, imports, national, page, public, suggestions

urlpatterns = [
    path("schools/", public.SchoolSearchView.as_view(), name="school_search"),
    path("schools/suggestions/", suggestions.SchoolSuggestionsView.as_view(), name="school_suggestions"),
    path("find-your-hub/", public.FindYourHubView.as_view(), name="find_your_hub"),
    path("find-your-hub/<int:urn>/", public.SchoolHubView.as_view(), name="school_hub"),
    path("hubs/", public.HubListView.as_view(), name="hub_list"),
    path("hubs/<slug:hub>/", public.HubPageView.as_view(), name="hub_page"),
    path("hub/<slug:hub>/page/", page.PageEditView.as_view(), name="hub_page_edit"),
    path("hub/<slug:hub>/page/<slug:kind>/", page.BlockEditView.as_view(), name="hub_block_edit"),
    path("national/hubs/", national.HubListView.as_view(), name="national_hub_list"),
    path("national/hubs/add/", national.HubAddView.as_view(), name="national_hub_add"),
    path("national/hubs/<slug:hub>/", national.HubView.as_view(), name="national_hub"),
    path("national/hubs/<slug:hub>/details/", national.HubDetailsView.as_view(), name="national_hub_details"),
    path("national/hubs/<slug:hub>/neighbours/", national.HubNeighboursView.as_view(), name="national_hub_neighbours"),
    path("national/hubs/<slug:hub>/areas/add/", areas.AreaAddView.as_view(), name="national_area_add"),
    path("national/hubs/<slug:hub>/areas/<int:area>/move/", areas.AreaMoveView.as_view(), name="national_area_move"),
    path("national/hubs/<slug:hub>/areas/<int:area>/end/", areas.AreaEndView.as_view(), name="national_area_end"),
    path("national/hubs/<slug:hub>/areas/<int:area>/keep/", areas.AreaKeepView.as_view(), name="national_area_keep"),
    path(
        "national/hubs/<slug:hub>/areas/<int:area>/remove/", areas.AreaRemoveView.as_view(), name="national_area_remove"
    ),
    path(
        "national/hubs/<slug:hub>/areas/<int:area>/confirm/",
        areas.AreaConfirmView.as_view(),
        name="national_area_confirm",
    ),
    path("national/authorities/", national.AuthorityListView.as_view(), name="national_authority_list"),
    path("national/imports/", imports.ImportListView.as_view(), name="national_import_list"),
    path("national/imports/upload/", imports.ImportUploadView.as_view(), name="national_import_upload"),
    path("national/imports/<int:pk>/", imports.ImportView.as_view(), name="national_import"),
    path("national/imports/<int:pk>/insist/", imports.ImportInsistView.as_view(), name="national_import_insist"),
    path(
        "national/imports/<int:pk>/rejected.csv", imports.ImportRejectedView.as_view(), name="national_import_rejected"
    ),
]
