from django.urls import path

from scarabee.web import maintenance, views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("journal/", views.journal, name="journal"),
    path("diagnostic/", views.diagnostic, name="diagnostic"),
    path("centre/maintenance/", maintenance.show, name="maintenance"),
]
