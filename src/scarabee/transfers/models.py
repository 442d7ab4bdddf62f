"""A transfer: the act it is, what was selected, what was chosen. Its rows are those that carry its act."""

from django.db import models

from scarabee.dossiers.models import Act, Dossier
from scarabee.transfers.enums import Declaring, IfExists


class Transfer(models.Model):
    """One copy from a dossier to another. `act` carries number, author, dates, state, receipt and destination."""

    act = models.OneToOneField(Act, on_delete=models.CASCADE, primary_key=True, related_name="transfer")
    source = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="transfers_out")
    source_name = models.CharField(max_length=120)
    destination_name = models.CharField(max_length=120)
    """Of the dossier to create on the spot, or of the act's dossier."""
    created_destination = models.BooleanField(default=False)
    selection = models.JSONField(default=dict)
    choices = models.JSONField(default=dict)
    """{"employer:ID" | "employee:ID": IfExists} where it differs from `if_exists`."""
    if_exists = models.CharField(max_length=10, choices=IfExists, default=IfExists.COMPLETE)
    declaring = models.CharField(max_length=12, choices=Declaring, default=Declaring.SOURCE)
    source_revision = models.PositiveBigIntegerField(default=0)
    destination_revision = models.PositiveBigIntegerField(default=0)
    """Revisions of both dossiers when the preview was made: the execution stops when they have moved."""

    def __str__(self) -> str:
        return f"Transfert n° {self.act_id}"
