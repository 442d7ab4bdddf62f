from django.urls import path

from scarabee.backups.views import archives, jobs, kit, restore, scripts

app_name = "backups"
urlpatterns = [
    path("", archives.show, name="list"),
    path("maintenant/", archives.save_now, name="save"),
    path("exercice/", archives.drill_now, name="drill"),
    path("<int:number>/telecharger/", archives.download, name="download"),
    path("alerte/", scripts.watch, name="watch"),
    path("scripts/nouveau/", scripts.new, name="script-new"),
    path("scripts/<int:pk>/", scripts.edit, name="script"),
    path("scripts/<int:pk>/lancer/", scripts.run_now, name="script-run"),
    path("scripts/<int:pk>/supprimer/", scripts.remove, name="script-remove"),
    path("trousse/", kit.show, name="kit"),
    path("restaurer/", restore.choose, name="restore"),
    path("travaux/<int:number>/", jobs.show, name="job"),
    path("travaux/<int:number>/trousse/", restore.add_kit, name="job-kit"),
    path("travaux/<int:number>/revenir/", restore.confirm, name="job-restore"),
]
