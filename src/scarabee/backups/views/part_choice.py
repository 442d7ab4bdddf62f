"""Choosing what to take out of an archive that was read: a dossier, employers or a person; then once more, before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime

from scarabee.backups import choosing, part_jobs, pulling
from scarabee.backups.held_people import HeldPerson
from scarabee.backups.models import Job
from scarabee.backups.views.part_page import page
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

_PREVIEWS = ("apercu", "apercu-dossier", "apercu-salarie")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is about to be taken: rows of `look`, and a person of one of them. `is_whole`: all of the dossier."""

    dossier: str
    employers: list[dict[str, Any]]
    is_whole: bool = False
    person: HeldPerson | None = None
    name: str = ""

    @property
    def employees(self) -> int:
        return sum(one["employees"] for one in self.employers)

    @property
    def declarations(self) -> int:
        return sum(one["declarations"] for one in self.employers)


def context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the page shows of an archive that was read: its dossiers, or the employers of one, or the people of one."""
    held, asked = _listed(job), job.asked
    told: dict[str, Any] = {"look": job.result, "made_at": made_at(job), "held": held}
    if held is None:
        return told
    if siret := next(iter(asked["sirets"]), ""):
        told["employer"] = next(one for one in held["listed"] if one["siret"] == siret)
        told["people"] = choosing.chooser(
            part_jobs.people(job), request.POST, key=lambda one: str(one.number),
            text=lambda one: f"{one.name} {one.matricule}",
        )  # fmt: skip
    else:
        told["employers"] = choosing.chooser(
            held["listed"], request.POST, key=lambda one: one["siret"], text=lambda one: f"{one['siret']} {one['name']}"
        )
    return told


def gesture(request: HttpRequest, actor: Actor, job: Job) -> HttpResponse:
    """Read on, show what is about to be taken, or take it."""
    do, _, said = request.POST.get("do", "").partition(":")
    if do == "dossier":
        return _read(actor, job, dossier=_dossier(job, said))
    if do == "salaries":
        return _read(actor, job, dossier=_named(job), siret=said)
    if do in _PREVIEWS or do == "reprendre":
        chosen = _chosen(request.POST, job, do, said)
        if not chosen.employers:
            messages.error(request, "Cochez au moins un employeur.")
            return redirect("backups:part", job.pk)
        return _take(request, actor, job, chosen) if do == "reprendre" else _preview(request, job, chosen)
    return render(request, "backups/part.html", page(job) | context(request, job))


def made_at(job: Job) -> datetime:
    """When the archive was made."""
    return parse_datetime(job.result["made_at"]) or job.created_at


def _read(actor: Actor, job: Job, *, dossier: str, siret: str = "") -> HttpResponse:
    again = part_jobs.ask_look(actor=actor, path=job.path, received_as=job.received_as, dossier=dossier, siret=siret)
    return redirect("backups:part", again.pk)


def _preview(request: HttpRequest, job: Job, chosen: Chosen) -> HttpResponse:
    return render(
        request, "backups/part_preview.html",
        {"job": job, "chosen": chosen, "look": job.result, "made_at": made_at(job)},
    )  # fmt: skip


def _take(request: HttpRequest, actor: Actor, job: Job, chosen: Chosen) -> HttpResponse:
    taken = part_jobs.ask_pull(
        actor=actor, look=job, dossier=chosen.dossier, name=chosen.name,
        sirets=[] if chosen.is_whole else [one["siret"] for one in chosen.employers],
        number=chosen.person.number if chosen.person else None,
    )  # fmt: skip
    return redirect("backups:part", taken.pk)


def _chosen(post: QueryDict, job: Job, do: str, said: str) -> Chosen:
    held = _listed(job)
    if held is None:
        raise NotVisible("Choisissez d’abord un dossier de l’archive.")
    name = " ".join(post.get("name", "").split()) or pulling.free_name(held["name"], made_at(job))
    number = said if do == "apercu-salarie" else post.get("salarie", "")
    if number:
        siret = next(iter(job.asked["sirets"]), "")
        person = next((one for one in part_jobs.people(job) if str(one.number) == number), None)
        employers = [one for one in held["listed"] if one["siret"] == siret]
        if person is None:
            raise NotVisible("Cette personne n’est pas dans ce qui a été lu.")
        return Chosen(held["name"], employers, person=person, name=name)
    if do == "apercu-dossier" or post.get("tout"):
        return Chosen(held["name"], held["listed"], is_whole=True, name=name)
    ticked = set(choosing.ticked_of(post, [one["siret"] for one in held["listed"]]))
    return Chosen(held["name"], [one for one in held["listed"] if one["siret"] in ticked], name=name)


def _listed(job: Job) -> dict[str, Any] | None:
    """The dossier whose employers were read."""
    found: list[dict[str, Any]] = job.result["dossiers"]
    if len(found) == 1:
        return found[0]
    return next((one for one in found if one["name"] == job.asked["dossier"]), None)


def _named(job: Job) -> str:
    held = _listed(job)
    return str(held["name"]) if held else ""


def _dossier(job: Job, place: str) -> str:
    found = job.result["dossiers"]
    if not place.isdecimal() or len(place) > 6 or int(place) >= len(found):
        raise NotVisible("L’archive ne contient pas ce dossier.")
    return str(found[int(place)]["name"])
