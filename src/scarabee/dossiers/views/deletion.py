"""Deletion of an employer or an employee, and what can still be brought back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers.models import DeletedPackage, Dossier
from scarabee.dossiers.selectors.dossiers import get_dossier, may_write
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.services import deletion
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.restoring import packages, restore_package
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

PACKAGES_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def employer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the deletion of an employer takes, then do it."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    if request.method == "POST":
        require_writable(actor, employer.dossier)
        heir = _heir(actor, request.POST.get("heir", ""))
        done = deletion.delete_employer(actor=actor, employer=employer, declaring_next=heir)
        _say_deleted(request, done)
        return redirect("dossiers:show", employer.dossier.uuid)
    preview = deletion.deletion_preview(actor=actor, employer=employer)
    context = {"preview": preview, "employer": employer, "dossier": employer.dossier}
    return render(request, "dossiers/deletion.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def employee_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the deletion of an employee takes, then do it."""
    actor = Actor.of(request.user)
    employee = get_employee(actor=actor, pk=pk)
    employer = employee.employer
    if request.method == "POST":
        _say_deleted(request, deletion.delete_employee(actor=actor, employee=employee))
        return redirect("dossiers:employer", employer.pk)
    preview = deletion.deletion_preview(actor=actor, employee=employee)
    context = {"preview": preview, "employee": employee, "employer": employer, "dossier": employer.dossier}
    return render(request, "dossiers/deletion.html", context)


@require_safe
def trash(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    """What was deleted in a dossier and can be brought back; without one, in dossiers that are gone."""
    actor = Actor.of(request.user)
    if uuid is None and not actor.is_administrator:
        raise PermissionDenied
    dossier = get_dossier(actor=actor, uuid=uuid) if uuid else None
    kept = packages(actor=actor, dossier=dossier).defer("rows", "contents")
    context = {
        "dossier": dossier,
        "page": Paginator(kept, PACKAGES_PER_PAGE).get_page(request.GET.get("page")),
        "may_write": may_write(actor=actor, dossier=dossier) if dossier else True,
        "destinations": [] if dossier else Dossier.objects.writable_by(actor),
    }
    return render(request, "dossiers/trash.html", context)


@require_POST
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Bring a deletion back."""
    actor = Actor.of(request.user)
    package = DeletedPackage.objects.select_related("dossier").filter(pk=number).first()
    if package is None or not _may_see(actor, package):
        raise NotVisible("Cette suppression n’existe pas, ou vous n’y avez pas accès.")
    chosen = request.POST.get("dossier", "")
    dossier = get_dossier(actor=actor, uuid=UUID(chosen)) if _is_uuid(chosen) else None
    done = restore_package(actor=actor, package=package, dossier=dossier)
    messages.success(request, f"{package.label} : tout est revenu dans le dossier.")
    if done.employee_id:
        return redirect("dossiers:employee", done.employee_id)
    return redirect("dossiers:employer", done.employer_id)


def _may_see(actor: Actor, package: DeletedPackage) -> bool:
    if package.dossier_id is None:
        return actor.is_administrator
    return bool(Dossier.objects.visible_to(actor).filter(pk=package.dossier_id).exists())


def _heir(actor: Actor, chosen: str) -> Dossier | None:
    """The dossier chosen to declare next; None: the one that does by itself. Raises `NotVisible`."""
    if not is_number(chosen):
        return None
    heir: Dossier | None = Dossier.objects.visible_to(actor).filter(pk=int(chosen)).first()
    if heir is None:
        raise NotVisible("Le dossier choisi pour déclarer n’existe pas, ou vous n’y avez pas accès.")
    return heir


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _say_deleted(request: HttpRequest, done: deletion.Deleted) -> None:
    until = done.package.keep_until.strftime("%d/%m/%Y")
    messages.success(
        request,
        f"{done.package.label} : supprimé. La corbeille du dossier permet de le reprendre jusqu’au {until}.",
    )
    for one in done.takeovers:
        messages.info(request, f"Le SIRET {one.siret} est maintenant déclaré par {one.where}.")
