"""What backups look after in the diagnostic: that there is one, not too old, and that its key is kept elsewhere.

The app loads this module at each start: what it checks is imported when it is asked for.
"""

from datetime import timedelta

from scarabee.maintenance.clock import now
from scarabee.maintenance.health.checks import SCHEMA, Check, Found, error, ok, warning

OLD, TOO_OLD = timedelta(days=3), timedelta(days=15)
_MAKE_ONE = "Lancez « scarabee sauvegarder », et gardez-en une copie ailleurs."


def newest() -> Found:
    """How old is the newest archive of everything that was proved?"""
    from scarabee.backups.models import Backup

    last = Backup.objects.proved().order_by("-made_at").values_list("made_at", flat=True).first()
    if last is None:
        return warning("Rien n’a encore été sauvegardé.", _MAKE_ONE)
    age = now() - last
    told = (
        f"La dernière sauvegarde vérifiée date de {age.days} j." if age.days else "La dernière sauvegarde est du jour."
    )
    if age > TOO_OLD:
        return error(told, _MAKE_ONE)
    return warning(told, _MAKE_ONE) if age > OLD else ok(told)


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
