"""A transfer and what it took: the act it is, its selection, its receipt, its items."""

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


class TransferItem(models.Model):
    """One employer or employee that a transfer took, and its copy."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="items", db_index=False)
    kind = models.CharField(max_length=10)
    source_id = models.BigIntegerField()
    copy_id = models.BigIntegerField()
    created = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "kind", "source_id"], name="item_once_per_transfer"),
        ]
        indexes = [models.Index(fields=["kind", "source_id"], name="item_by_source")]
