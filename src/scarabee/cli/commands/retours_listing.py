"""How returns are printed: as JSON (design §8) and as a table."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.models import Return


def describe(actor: "Actor", items: "list[Return]") -> list[dict[str, Any]]:
    """The JSON of returns, in their order.

    `siret`: the first employer it is about of those the actor may know, `employers`: how many these are; `dossier`: the
    one that declares it, or else holds it, null when the actor sees none. Figures are null for who sees a part of it.
    """
    from scarabee.dossiers.models import Dossier
    from scarabee.returns.selectors.listing import return_rows

    rows = return_rows(actor, items)
    held = {one.dossier_id for row in rows for one in row.employers[:1] if one.dossier_id}
    names = dict(Dossier.objects.visible_to(actor).filter(pk__in=held).values_list("pk", "name"))
    described = []
    for row in rows:
        item, first = row.item, next(iter(row.employers), None)
        described.append(
            {
                "number": item.pk,
                "family": item.family or None,
                "nature": item.nature or None,
                "state": item.state or None,
                "idflux": item.idflux or None,
                "siret": first.siret if first else None,
                "dossier": names.get(first.dossier_id) if first and first.dossier_id else None,
                "published_at": item.published_at,
                "anomalies": row.anomalies,
                "employers": row.about,
                "label": row.kind.label,
                "people_count": row.people,
                **_more(item),
            }
        )
    return described


def _more(item: "Return") -> dict[str, Any]:
    return {
        "month": item.month or None,
        "real": item.is_real,
        "crm": item.crm or None,
        "filing": item.filing_id,
        "origin": item.origin,
        "fetch": item.fetch,
        "problem": item.problem,
        "produced_at": item.produced_at,
        "arrived_at": item.arrived_at,
        "seen_at": item.seen_at,
        "seen_by": item.seen_by or None,
    }


def table(out: "Output", described: list[dict[str, Any]]) -> None:
    """Returns in rows; what keeps one from being read is said below."""
    from django.utils.timezone import localtime

    columns = ("numéro", "SIRET", "mois", "nature", "quoi", "état", "publié le", "anomalies", "dossier")
    rows = [
        [
            one["number"],
            one["siret"] or "",
            one["month"] or "",
            one["nature"] or "",
            f"{one['label']} (essai)" if one["real"] is False else one["label"],
            one["state"] or "",
            f"{localtime(one['published_at']):%Y-%m-%d %H:%M}" if one["published_at"] else "",
            one["anomalies"] or "",
            one["dossier"] or "",
        ]
        for one in described
    ]
    out.table(columns, rows, figures=(0, 7))
    for one in described:
        if one["problem"]:
            out.info(f"Retour n° {one['number']} : {one['problem']}")
