"""Why an archive is not read, or not written, in words."""

import errno
from enum import Enum
from pathlib import Path

from scarabee.maintenance.errors import Refusal

_SAFE = "Vos données n’ont pas été touchées, l’archive non plus."
_OTHER = "Prenez une autre archive, ou une autre copie de celle-ci, puis vérifiez-la."


class Reason(Enum):
    """What is wrong with an archive: what happened, and what to do now."""

    FORMAT = (
        "n’est pas une archive de Scarabée",
        "Choisissez un fichier dont le nom finit par « .tar.zst.age ».",
    )
    KEY = (
        "a été chiffrée avec une clé qui n’est pas ici",
        "Ajoutez au fichier « cle-sauvegarde » la ligne AGE-SECRET-KEY-1… de la trousse qui va avec elle, puis "
        "recommencez.",
    )
    TRUNCATED = ("est incomplète, ou abîmée à sa fin : sa copie s’est sans doute interrompue", _OTHER)
    DAMAGED = ("est abîmée : des octets ont changé depuis qu’elle a été écrite", _OTHER)
    DIFFERENT = ("ne contient pas ce qu’elle annonce", _OTHER)
    TOO_LARGE = (
        "s’ouvrirait sur bien plus d’octets qu’une sauvegarde n’en a : sa lecture est arrêtée",
        "Vérifiez d’où elle vient.",
    )
    NEWER = ("vient d’une version plus récente de Scarabée", "Mettez Scarabée à jour, puis recommencez.")


class ArchiveUnreadable(Refusal):
    """The archive cannot be trusted, or not be opened; `reason` says why. What was read from it counts for nothing."""

    def __init__(self, reason: Reason, path: Path, detail: str = "") -> None:
        what, remedy = reason.value
        more = f" ({detail})" if detail else ""
        super().__init__(f"L’archive « {path.name} » {what}{more}.", safe=_SAFE, remedy=remedy)
        self.reason = reason


class NoRoom(Refusal):
    """The disk has too little room for what is about to be written."""


_WHY = {
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "la place accordée à ce compte est épuisée",
    errno.EFBIG: "ce disque ne prend pas de fichiers de cette taille",
    errno.EROFS: "ce disque est en lecture seule",
    errno.EACCES: "ce compte n’en a pas le droit",
    errno.EPERM: "ce compte n’en a pas le droit",
    errno.ENOTDIR: "un fichier se trouve à la place du dossier",
    errno.ENOENT: "le dossier n’est plus là (support débranché ?)",
    errno.EIO: "le disque ne répond plus (support débranché ?)",
    errno.ENXIO: "le disque ne répond plus (support débranché ?)",
    errno.ENODEV: "le disque ne répond plus (support débranché ?)",
}


class NotWritten(Refusal):
    """The system would not take an archive, or give what goes into it."""

    def __init__(self, path: Path, error: OSError) -> None:
        why = _WHY.get(error.errno or 0) or error.strerror or str(error)
        super().__init__(
            f"La sauvegarde n’a pas pu être écrite dans « {path.parent} » : {why}.",
            safe="Vos données sont intactes ; aucune archive incomplète n’a été laissée sous un nom définitif.",
            remedy="Libérez de la place, rebranchez le support ou choisissez un autre dossier, puis recommencez.",
        )
