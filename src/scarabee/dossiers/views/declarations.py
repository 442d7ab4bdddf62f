"""A declaration, and its lines as they were received."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scarabee.dossiers.selectors import declarations
from scarabee.maintenance.journal import Actor


@require_safe
def declaration_show(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of a declaration: what it is, its totals, its people, the other versions."""
    declaration = declarations.get_declaration(actor=Actor.of(request.user), pk=pk)
    versions = declarations.versions_of(declaration)
    context = {
        "declaration": declaration,
        "employer": declaration.employer,
        "dossier": declaration.dossier,
        "version": next(one for one in versions if one.declaration.pk == pk),
        "versions": versions,
        "totals": declarations.totals(declaration),
        "page": declarations.people_page(declaration=declaration, page=request.GET.get("page")),
    }
    return render(request, "dossiers/declaration.html", context)


@require_safe
def declaration_raw(request: HttpRequest, pk: int, position: int | None = None) -> HttpResponse:
    """The lines of one person, or the declaration's own, in words beside what was received."""
    declaration = declarations.get_declaration(actor=Actor.of(request.user), pk=pk)
    part, month = declarations.raw_part(declaration=declaration, position=position)
    context = {
        "declaration": declaration,
        "employer": declaration.employer,
        "dossier": declaration.dossier,
        "version": declarations.Version(declaration),
        "part": part,
        "person": month.employee if month else None,
        "position": position,
    }
    return render(request, "dossiers/raw.html", context)
