"""What backups look after in the diagnostic: that there is one, not too old, and that its key is kept elsewhere.

The app loads this module at each start: what it checks is imported when it is asked for.
"""

from datetime import timedelta

from scarabee.maintenance.clock import now
from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok, warning

_MAKE_ONE = "Lancez « scarabee sauvegarder », et gardez-en une copie ailleurs."


def newest() -> Found:
    """Is the newest proved archive of everything younger than the days after which every page says so?"""
    from scarabee.backups.alarms import DAYS
    from scarabee.backups.models import Backup, Watch

    last = Backup.objects.proved().order_by("-made_at").values_list("made_at", flat=True).first()
    if last is None:
        return warning("Rien n’a encore été sauvegardé.", _MAKE_ONE)
    age = now() - last
    told = (
        f"La dernière sauvegarde vérifiée date de {age.days} j." if age.days else "La dernière sauvegarde est du jour."
    )
    days = Watch.objects.values_list("days", flat=True).first() or DAYS
    return error(f"{told} L’alerte est réglée à {days} j.", _MAKE_ONE) if age > timedelta(days=days) else ok(told)


def key() -> Found:
    """Can archives be opened if this machine is lost?"""
    from scarabee.backups import keys
    from scarabee.maintenance.errors import Refusal

    try:
        if not keys.identities():
            return ok("Aucune clé de sauvegarde encore : elle sera faite à la première.")
        if keys.is_put_away():
            return ok("La trousse de clés est rangée ailleurs.")
    except Refusal as refused:
        return error(refused.message, refused.remedy)
    return warning(
        "Personne n’a dit avoir rangé la trousse de clés : sans elle, une sauvegarde ne s’ouvre que sur cette machine.",
        "« scarabee trousse » la montre.",
    )


CHECKS = (
    Check("sauvegarde", "Sauvegarde", newest, needs=SCHEMA),
    Check("sauvegarde.cle", "Clé des sauvegardes", key, needs=SCHEMA),
)
