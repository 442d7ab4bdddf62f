"""Why undo must leave a transferred item where it is (registered in `dossiers.services.undo_reasons`), who must wait.

The copy may be the last one: what the source no longer holds is not removed. And what travelled on is not pulled
from under its copy.
"""

from collections.abc import Collection

from django.db.models import Q

from scarabee.dossiers.bulk import fetch_rows
from scarabee.dossiers.models import Act
from scarabee.dossiers.services.locking import Work
from scarabee.dossiers.services.undo_reasons import Reasons
from scarabee.transfers.models import Transfer

GONE = "l’original n’est plus dans le dossier d’origine : cette copie est peut-être la dernière"


_ORIGINAL = (
    "FROM dossiers_act a JOIN transfers_transfer t ON t.act_id = a.id "
    "JOIN dossiers_employer e ON e.dossier_id = a.dossier_id "
    "LEFT JOIN dossiers_employer o ON o.dossier_id = t.source_id AND o.siret = e.siret "
)
"""`e`: an employer of the destination, `o`: the one of the source with its SIRET, if there still is one."""

_SAME_VERSION = (
    "v.employer_id = o.id AND v.month = d.month AND v.nature = d.nature AND v.is_real = d.is_real "
    "AND v.champ = d.champ AND v.fraction = d.fraction AND v.type = d.type AND v.order_number = d.order_number "
    "AND v.whole_hash = d.whole_hash"
)


def last_copies(act: Act) -> Reasons:
    """Items of a transfer of which the source dossier no longer holds the same content, under whatever row."""
    if act.kind != Act.Kind.TRANSFER:
        return {}
    reasons: Reasons = {}
    for kind, query in (
        ("employer", f"SELECT e.id {_ORIGINAL} WHERE a.id = %s AND e.act_id = a.id AND o.id IS NULL"),
        (
            "employee",
            f"SELECT p.id {_ORIGINAL} JOIN dossiers_employee p ON p.employer_id = e.id AND p.act_id = a.id "
            "WHERE a.id = %s AND NOT EXISTS (SELECT 1 FROM dossiers_identifier i JOIN dossiers_identifier s "
            "ON s.employer_id = o.id AND s.kind = i.kind AND s.value = i.value WHERE i.employee_id = p.id)",
        ),
        (
            "employee",
            f"SELECT DISTINCT m.employee_id {_ORIGINAL} JOIN dossiers_declaration d ON d.employer_id = e.id "
            "JOIN dossiers_employeemonth m ON m.declaration_id = d.id AND m.act_id = a.id WHERE a.id = %s "
            "AND NOT EXISTS (SELECT 1 FROM dossiers_declaration v JOIN dossiers_employeemonth s "
            "ON s.declaration_id = v.id AND s.position = m.position AND s.content_id = m.content_id "
            f"WHERE {_SAME_VERSION})",
        ),
        (
            "declaration",
            f"SELECT d.id {_ORIGINAL} JOIN dossiers_declaration d ON d.employer_id = e.id AND d.act_id = a.id "
            f"WHERE a.id = %s AND NOT EXISTS (SELECT 1 FROM dossiers_declaration v WHERE {_SAME_VERSION})",
        ),
    ):
        for (pk,) in fetch_rows(query, (act.pk,)):
            reasons.setdefault((kind, pk), GONE)
    return reasons


_TRAVELS = (
    "FROM dossiers_act a JOIN transfers_transfer t ON t.act_id = a.id "
    "JOIN dossiers_employer e ON e.dossier_id = t.source_id "
    "JOIN dossiers_employer c ON c.dossier_id = a.dossier_id AND c.siret = e.siret "
)
"""`a`: a transfer, `e`: an employer of its source, `c`: the one of its destination with that SIRET."""


def travelled_on(act: Act) -> Reasons:
    """Items of which a later transfer, not undone, took something from here to another dossier that it lacked."""
    reasons: Reasons = {}
    later = "WHERE a.id > %s AND a.state = 'done'"
    brought = "EXISTS (SELECT 1 FROM dossiers_employeemonth m WHERE m.employee_id = {person} AND m.act_id = {act})"
    for kind, query, parameters in (
        (
            "employer",
            f"SELECT e.id, MAX(a.id) {_TRAVELS} {later} AND e.act_id = %s AND c.act_id = a.id GROUP BY e.id",
            2,
        ),
        (
            "employee",
            f"SELECT p.id, MAX(a.id) {_TRAVELS} JOIN dossiers_employee p ON p.employer_id = e.id "
            "JOIN dossiers_identifier i ON i.employee_id = p.id "
            "JOIN dossiers_identifier j ON j.employer_id = c.id AND j.kind = i.kind AND j.value = i.value "
            f"JOIN dossiers_employee q ON q.id = j.employee_id {later} "
            f"AND (p.act_id = %s OR {brought.format(person='p.id', act='%s')}) "
            f"AND (q.act_id = a.id OR {brought.format(person='q.id', act='a.id')}) GROUP BY p.id",
            3,
        ),
    ):
        for pk, number in fetch_rows(query, (act.pk,) * parameters):
            reasons[kind, pk] = f"transféré depuis vers un autre dossier (transfert n° {number})"
    return reasons


def at_work(dossiers: Collection[int], act: int | None) -> Work | None:
    """The transfer that works in one of these dossiers (registered in `locking`); those that wait have a message."""
    running = Transfer.objects.filter(act__state=Act.State.RUNNING, act__message="", act__heartbeat__isnull=False)
    here = running.filter(Q(source__in=dossiers) | Q(act__dossier__in=dossiers)).exclude(pk=act)
    since = here.order_by("act__heartbeat").values_list("act__heartbeat", flat=True).first()
    return Work("Un transfert", since) if since else None
