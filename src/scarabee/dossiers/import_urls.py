"""Addresses of imports; `scarabee.dossiers.urls` includes them under import/, in its own namespace."""

from django.urls import path

from scarabee.dossiers import import_report_views as report
from scarabee.dossiers import import_views as views

urlpatterns = [
    path("", views.new_import, name="import"),
    path("liste/", views.import_list, name="imports"),
    path("<int:number>/", views.show, name="import-show"),
    path("<int:number>/avancement/", views.progress, name="import-progress"),
    path("<int:number>/choix/", views.choices, name="import-choices"),
    path("<int:number>/abandonner/", views.abandon, name="import-abandon"),
    path("<int:number>/annuler/", report.undo, name="import-undo"),
    path("<int:number>/fichiers/", report.files, name="import-files"),
    path("<int:number>/fichiers/<int:file>/", report.file, name="import-file"),
    path("<int:number>/remarques.csv", report.remarks_csv, name="import-remarks"),
]
