"""Nature 95 on its page: declared rates beside those of the CRM, of the people whom the reader may see."""

from scarabee.dossiers.models import Employee
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import Unreadable
from scarabee.returns.models import Return
from scarabee.returns.services.rate_comparison import NotApplied, not_applied

RATES_ON_RATES = "95"


def compared(actor: Actor, item: Return) -> list[NotApplied]:
    """The rates that a return says are none of the DGFiP's; empty for other natures, and when it cannot be read."""
    if item.nature != RATES_ON_RATES:
        return []
    try:
        found = not_applied(item)
    except Unreadable:
        return []
    ids = {one.employee.pk for one in found if one.employee}
    visible = set(Employee.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    return [one for one in found if one.employee is not None and one.employee.pk in visible]
