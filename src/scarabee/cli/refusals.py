"""From what went wrong to the words a person needs: what happened, what is safe, what to do now."""

import errno
import traceback

from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError

from scarabee.maintenance.errors import Refusal

_SAFE = "Ce qui était enregistré l’est toujours ; cette commande n’a rien laissé à moitié."


_SYSTEM = {
    errno.ENOENT: "ce fichier ou ce dossier n’existe pas",
    errno.EACCES: "ce compte n’en a pas le droit",
    errno.EPERM: "ce compte n’en a pas le droit",
    errno.EISDIR: "c’est un dossier, pas un fichier",
    errno.ENOTDIR: "c’est un fichier, pas un dossier",
    errno.EEXIST: "ce nom est déjà pris",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le disque est plein",
    errno.EROFS: "ce disque est en lecture seule",
    errno.EIO: "le disque répond mal",
}


def system_words(error: OSError) -> str:
    """Why the system refused, in French where it is a usual reason."""
    return _SYSTEM.get(error.errno or 0) or error.strerror or str(error)


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal this error stands for; None for a fault of the program, which must not be dressed up."""
    match error:
        case Refusal():
            return error
        case ValidationError():
            return Refusal(" ".join(error.messages))
        case PermissionError(errno=None):
            return Refusal(str(error))
        case DatabaseError() | UnicodeDecodeError() if is_damaged(error):
            return Refusal(
                "Le fichier de la base de données est abîmé : le disque en a changé des octets.",
                safe="Rien n’a été écrit. Vos sauvegardes vérifiées ne sont pas touchées.",
                remedy="Arrêtez Scarabée, gardez ce fichier, et restaurez la dernière sauvegarde vérifiée.",
            )
        case OperationalError():
            return _database_refusal(str(error))
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            return Refusal(
                f"Le système a refusé une lecture ou une écriture{where} : {system_words(error)}.",
                safe=_SAFE,
                remedy="Vérifiez le chemin, les droits et la place libre, puis recommencez.",
            )
    return None


def is_damaged(error: Exception) -> bool:
    """Whether SQLite read nonsense in its file, or could not even say so: what it quotes may be no text any more."""
    if isinstance(error, UnicodeDecodeError):
        return "sqlite3" in traceback.extract_tb(error.__traceback__)[-1].filename
    return any(words in str(error) for words in ("malformed", "not a database"))


def _database_refusal(text: str) -> Refusal:
    if "locked" in text:
        return Refusal(
            "La base de données est occupée par un autre travail de Scarabée.",
            safe=_SAFE,
            remedy="Attendez qu’il finisse, puis relancez la commande.",
        )
    if "full" in text:
        return Refusal("Le disque est plein.", safe=_SAFE, remedy="Libérez de la place, puis relancez la commande.")
    return Refusal(
        f"La base de données ne répond pas comme attendu ({text}).",
        safe=_SAFE,
        remedy="Vérifiez que le dossier des données est accessible en écriture, puis recommencez.",
    )
