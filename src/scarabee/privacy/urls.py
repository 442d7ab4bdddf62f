from django.urls import path

from scarabee.privacy.views import people, retention

app_name = "privacy"
urlpatterns = [
    path("", people.search_page, name="list"),
    path("personnes/<int:number>/", people.show, name="person"),
    path("personnes/<int:number>/exporter/", people.export, name="export"),
    path("personnes/<int:number>/effacer/", people.erase, name="erase"),
    path("effacements/<int:number>/", people.erasure, name="erasure"),
    path("conservation/", retention.show, name="retention"),
    path("conservation/<str:code>/", retention.kind, name="kind"),
    path("conservation/<str:code>/supprimer/", retention.remove, name="remove"),
]
