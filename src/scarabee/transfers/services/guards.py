"""Why undo must leave a transferred item where it is (registered in `dossiers.services.undo`).

The copy may be the last one: what the source no longer holds is not removed. And what travelled on is not pulled
from under its copy.
"""

from scarabee.dossiers.models import Act
from scarabee.dossiers.services.undo import Reasons
from scarabee.transfers.services.maps import rows

GONE = "l’original n’est plus dans le dossier d’origine : cette copie est peut-être la dernière"


def last_copies(act: Act) -> Reasons:
    """Items of a transfer whose original is gone or has changed."""
    if act.kind != Act.Kind.TRANSFER:
        return {}
    reasons: Reasons = {}
    for kind, table in (("employer", "dossiers_employer"), ("employee", "dossiers_employee")):
        for (pk,) in rows(
            f"SELECT i.copy_id FROM transfers_transferitem i LEFT JOIN {table} s ON s.id = i.source_id "
            f"WHERE i.transfer_id = %s AND i.kind = %s AND i.created AND s.id IS NULL",
            (act.pk, kind),
        ):
            reasons[kind, pk] = GONE
    for (pk,) in rows(
        "SELECT DISTINCT i.copy_id FROM transfers_transferitem i "
        "JOIN dossiers_employeemonth m ON m.employee_id = i.copy_id AND m.act_id = i.transfer_id "
        "WHERE i.transfer_id = %s AND i.kind = 'employee' AND NOT EXISTS ("
        "SELECT 1 FROM dossiers_employeemonth s WHERE s.employee_id = i.source_id AND s.content_id = m.content_id)",
        (act.pk,),
    ):
        reasons.setdefault(("employee", pk), GONE)
    for (pk,) in rows(
        "SELECT d.id FROM dossiers_declaration d JOIN transfers_transferitem i ON i.transfer_id = d.act_id "
        "AND i.kind = 'employer' AND i.copy_id = d.employer_id WHERE d.act_id = %s AND NOT EXISTS ("
        "SELECT 1 FROM dossiers_declaration s WHERE s.employer_id = i.source_id AND s.month = d.month "
        "AND s.nature = d.nature AND s.is_real = d.is_real AND s.whole_hash = d.whole_hash)",
        (act.pk,),
    ):
        reasons["declaration", pk] = GONE
    return reasons


def travelled_on(act: Act) -> Reasons:
    """Items that a later transfer, not undone, copied from here to another dossier."""
    reasons: Reasons = {}
    for kind, table in (("employer", "dossiers_employer"), ("employee", "dossiers_employee")):
        for pk, number in rows(
            f"SELECT i.source_id, MAX(a.id) FROM transfers_transferitem i JOIN dossiers_act a ON a.id = i.transfer_id "
            f"JOIN {table} s ON s.id = i.source_id WHERE i.kind = %s AND i.created AND s.act_id = %s "
            "AND a.id > %s AND a.state = 'done' GROUP BY i.source_id",
            (kind, act.pk, act.pk),
        ):
            reasons[kind, pk] = f"transféré depuis vers un autre dossier (transfert n° {number})"
    return reasons
