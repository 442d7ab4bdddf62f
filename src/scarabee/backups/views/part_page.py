"""What every page of a job about parts shows."""

from typing import Any

from django.urls import reverse

from scarabee.backups import part_jobs
from scarabee.backups.errors import Reason
from scarabee.backups.forms import KitForm
from scarabee.backups.models import Job
from scarabee.backups.wording import PART_KINDS


def page(job: Job) -> dict[str, Any]:
    """The frame of the page."""
    return progress(job) | {
        "archive_name": part_jobs.archive_name(job),
        "asks_kit": job.result.get("reason") == Reason.KEY.name,
        "kit_form": KitForm(),
    }


def progress(job: Job) -> dict[str, Any]:
    """How far it is, and where the page asks again."""
    return {
        "job": job,
        "step": job.step,
        "address": reverse("backups:part", args=[job.pk]),
        "list_address": reverse("backups:parts"),
        "list_name": "Reprendre / Remettre un dossier",
    }


def figures(rows: dict[str, int]) -> list[tuple[str, int]]:
    """What people count, with its noun; nothing that is not there."""
    return [(words, rows[kind]) for kind, words in PART_KINDS.items() if rows.get(kind)]
