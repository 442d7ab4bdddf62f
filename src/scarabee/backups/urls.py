from django.urls import path

from scarabee.backups.views import archives, jobs, kit, part_save, parts, restore, scripts

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
    path("parties/", parts.start, name="parts"),
    path("parties/cle-publique.txt", parts.public_key, name="public-key"),
    path("parties/ecrire/", part_save.start, name="part-save"),
    path("parties/ecrire/<uuid:uuid>/", part_save.of_dossier, name="part-save-dossier"),
    path("parties/<int:number>/", parts.show, name="part"),
    path("parties/<int:number>/trousse/", parts.add_kit, name="part-kit"),
    path("parties/<int:number>/transfert/", parts.transfer, name="part-transfer"),
    path("parties/<int:number>/annuler/", parts.undo, name="part-undo"),
    path("parties/<int:number>/telecharger/", parts.download, name="part-download"),
]
