"""Employers and employees created or corrected by hand."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.forms import EmployerForm, EntryForm, NewEmployerForm
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.services import entry
from scarabee.dossiers.services.entry_fields import EMPLOYEE_FIELDS, EMPLOYER_FIELDS
from scarabee.dossiers.services.importing import require_writable
from scarabee.maintenance.editing import as_it_stands, last_written
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

_EMPLOYER = ("employer.corrected", "employer.created")
_EMPLOYEE = ("employee.corrected", "employee.created")


@require_http_methods(["GET", "HEAD", "POST"])
def employer_new(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An employer that has no DSN yet."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    require_writable(actor, dossier)
    form = NewEmployerForm(EMPLOYER_FIELDS, request.POST or None)
    if request.method == "POST" and form.is_valid():
        siret, name = form.cleaned_data["siret"], form.cleaned_data["name"]
        try:
            made = entry.create_employer(actor=actor, dossier=dossier, siret=siret, name=name, fields=form.sent())
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "L’employeur est créé. Saisissez ses salariés, ou importez sa DSN.")
            return redirect("dossiers:employer", made.pk)
    return _page(request, form, {"dossier": dossier, "title": "Créer un employeur"})


@require_http_methods(["GET", "HEAD", "POST"])
def employer_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The name and the fields of an employer."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    require_writable(actor, employer.dossier)
    with as_it_stands(request, employer, under=employer.dossier) as employer:
        told, typed, initial = entry.employer_values(employer), employer.typed, {"name": employer.name}
        last = partial(last_written, *_EMPLOYER, dossier_uuid=employer.dossier.uuid, siret=employer.siret)
        form = EmployerForm(EMPLOYER_FIELDS, request.POST or None, told=told, typed=typed, initial=initial, last=last)
        if request.method == "POST" and form.is_valid():
            name = form.cleaned_data["name"]
            try:
                entry.correct_employer(actor=actor, employer=employer, name=name, fields=form.sent())
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(request, "La fiche est à jour.")
                return redirect("dossiers:employer-sheet", pk)
    context = {"dossier": employer.dossier, "employer": employer, "title": "Corriger l’employeur"}
    return _page(request, form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def employee_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A person whom no DSN tells of yet."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    require_writable(actor, employer.dossier)
    form = EntryForm(EMPLOYEE_FIELDS, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = entry.create_employee(actor=actor, employer=employer, fields=form.sent())
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "Le salarié est créé. Ses mois viendront des DSN.")
            return redirect("dossiers:employee", made.pk)
    context = {"dossier": employer.dossier, "employer": employer, "title": "Créer un salarié"}
    return _page(request, form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def employee_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The fields of a person."""
    actor = Actor.of(request.user)
    employee = get_employee(actor=actor, pk=pk)
    require_writable(actor, employee.dossier)
    with as_it_stands(request, employee, under=employee.dossier) as employee:
        last = partial(last_written, *_EMPLOYEE, dossier_uuid=employee.dossier.uuid, employee=pk)
        told, typed = entry.employee_values(employee), employee.typed
        form = EntryForm(EMPLOYEE_FIELDS, request.POST or None, told=told, typed=typed, last=last)
        if request.method == "POST" and form.is_valid():
            try:
                entry.correct_employee(actor=actor, employee=employee, fields=form.sent())
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(request, "La fiche est à jour.")
                return redirect("dossiers:employee", pk)
    context = {"dossier": employee.dossier, "employer": employee.employer, "employee": employee}
    return _page(request, form, {**context, "title": "Corriger le salarié"})


def _page(request: HttpRequest, form: EntryForm, context: dict[str, Any]) -> HttpResponse:
    return render(request, "dossiers/entry.html", {"form": form, **context}, status=form.status)
