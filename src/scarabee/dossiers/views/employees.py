"""A person: months, contracts, identity, and where else the person is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scarabee.dossiers.selectors import employees, links
from scarabee.dossiers.selectors.dossiers import may_write
from scarabee.maintenance.journal import Actor


@require_safe
def employee_show(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is known of an employee."""
    actor = Actor.of(request.user)
    employee = employees.get_employee(actor=actor, pk=pk)
    context = {
        "employee": employee,
        "employer": employee.employer,
        "dossier": employee.dossier,
        "history": employees.history(employee=employee, page=request.GET.get("page")),
        "contracts": employees.contract_chains(employee),
        "identifiers": employees.identifiers(employee),
        "elsewhere": employees.elsewhere(actor=actor, employee=employee),
        "links": links.of_employee(actor, employee),
        "may_write": may_write(actor=actor, dossier=employee.dossier),
    }
    return render(request, "dossiers/employee.html", context)
