"""Every row of a bureau's data says in which dossier it is, so that tables can be parted by dossier (docs/scale.md)."""

from django.apps import apps
from django.db import models

from scarabee.dossiers.models import Dossier

OF_DOSSIERS = ("dossiers", "transfers", "filings", "returns")
WITHOUT_DOSSIER = {
    "dossiers.Dossier": "the dossier itself",
    "dossiers.Content": "immutable bytes that dossiers share: a reference table",
    "dossiers.Before": "hangs on its act, and goes with it",
    "dossiers.ImportFile": "hangs on its act; one file may go to several dossiers",
    "filings.ReceivedFile": "hangs on its batch",
    "filings.FilingFindings": "hangs on its filing",
    "filings.FilingMove": "hangs on its filing",
    "filings.Proof": "hangs on its filing",
    "filings.PortalQueue": "of an account of the portal, which serves every dossier",
    "filings.Run": "of the installation: what the rounds did",
    "returns.Return": "of an account of the portal: told by SIRET whom it is about, before any dossier is known",
    "returns.ReturnAbout": "hangs on its return",
    "returns.ReturnVersion": "hangs on its return",
    "returns.RateLine": "hangs on its return, until somebody says whose it is",
    "returns.Cursor": "of an account of the portal",
}
"""Few rows beside those of people and months; what has none here has a dossier."""


def test_every_row_of_a_dossier_says_which() -> None:
    without = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in OF_DOSSIERS and not _has_dossier(model)
    }
    assert without == WITHOUT_DOSSIER.keys()


def _has_dossier(model: type[models.Model]) -> bool:
    return any(field.related_model is Dossier for field in model._meta.concrete_fields)
