"""Rows of a dossier are listed through `visible_to`, which alone knows who may see them."""

from django.apps import apps

from scarabee.dossiers.models import Dossier

GUARDED_OTHERWISE = {
    "accounts.Membership": "is the right itself",
    "dossiers.Act": "outlives its dossier; imports and transfers check the dossier, or its author",
    "dossiers.DeletedPackage": "outlives its dossier; the trash checks it, or asks for an Administrateur",
    "filings.EmployerFiling": "speaks of a SIRET; filings.services.options and the selectors check the dossier",
    "transfers.Transfer": "speaks of two dossiers; transfers.selectors checks both",
}


def test_every_model_with_a_dossier_says_who_sees_it() -> None:
    unguarded = {
        model._meta.label
        for model in apps.get_models()
        if any(field.related_model is Dossier for field in model._meta.concrete_fields)
        and not hasattr(model._default_manager.get_queryset(), "visible_to")
    }
    assert hasattr(Dossier.objects.all(), "visible_to")
    assert unguarded == GUARDED_OTHERWISE.keys()
