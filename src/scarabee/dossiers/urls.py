"""Addresses of the dossiers. No name nor NIR stands in an address."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from scarabee.dossiers.views import (
    declarations,
    deletion,
    dossiers,
    employees,
    employers,
    entry,
    exporting,
    joining,
    naming,
    present,
    search,
)

app_name = "dossiers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", dossiers.dossier_list, name="list"),
    path("rechercher/", search.search_page, name="search"),
    path("<uuid:uuid>/", dossiers.dossier_show, name="show"),
    path("<uuid:uuid>/presents/", present.show, name="present"),
    path("<uuid:uuid>/employeurs.csv", dossiers.employers_csv, name="employers-csv"),
    path("<uuid:uuid>/renommer/", dossiers.dossier_rename, name="rename"),
    path("<uuid:uuid>/archiver/", dossiers.dossier_archive, name="archive"),
    path("<uuid:uuid>/desarchiver/", dossiers.dossier_unarchive, name="unarchive"),
    path("<uuid:uuid>/supprimer/", dossiers.dossier_delete, name="delete"),
    path("<uuid:uuid>/exporter/", exporting.export_page, name="export"),
    path("<uuid:uuid>/corbeille/", deletion.trash, name="trash"),
    path("corbeille/", deletion.trash, name="trash-of-gone"),
    path("corbeille/<int:number>/reprendre/", deletion.restore, name="restore"),
    path("employeur/<int:pk>/", employers.employer_show, name="employer"),
    path("employeur/<int:pk>/mois/", employers.employer_months, name="employer-months"),
    path("employeur/<int:pk>/fiche/", employers.employer_sheet, name="employer-sheet"),
    path("employeur/<int:pk>/salaries.csv", employers.employees_csv, name="employees-csv"),
    path("<uuid:uuid>/employeurs/nouveau/", entry.employer_new, name="employer-new"),
    path("employeur/<int:pk>/corriger/", entry.employer_correct, name="employer-correct"),
    path("employeur/<int:pk>/salaries/nouveau/", entry.employee_new, name="employee-new"),
    path("salarie/<int:pk>/corriger/", entry.employee_correct, name="employee-correct"),
    path("<uuid:uuid>/noms/", naming.names, name="names"),
    path("employeur/<int:pk>/reunir/", joining.twins, name="twins"),
    path("employeur/<int:pk>/succession/", joining.succession, name="succession"),
    path("employeur/<int:pk>/supprimer/", deletion.employer_delete, name="employer-delete"),
    path("employeur/<int:pk>/declarer/", employers.employer_declare, name="employer-declare"),
    path("salarie/<int:pk>/supprimer/", deletion.employee_delete, name="employee-delete"),
    path("salarie/<int:pk>/", employees.employee_show, name="employee"),
    path("declaration/<int:pk>/", declarations.declaration_show, name="declaration"),
    path("declaration/<int:pk>/brut/", declarations.declaration_raw, name="declaration-raw"),
    path("declaration/<int:pk>/brut/<int:position>/", declarations.declaration_raw, name="person-raw"),
]

if find_spec("scarabee.dossiers.import_urls"):
    urlpatterns.append(path("import/", include("scarabee.dossiers.import_urls")))
