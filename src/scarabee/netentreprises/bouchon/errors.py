"""Why a bouchon does not start."""

import errno

_SYSTEM = {
    errno.ENOENT: "il n’existe pas",
    errno.EACCES: "ce compte n’en a pas le droit",
    errno.EPERM: "ce compte n’en a pas le droit",
    errno.EISDIR: "c’est un dossier, pas un fichier",
    errno.ENOTDIR: "c’est un fichier, pas un dossier",
    errno.EEXIST: "ce nom est déjà pris par un fichier",
    errno.ENOSPC: "le disque est plein",
    errno.EROFS: "ce disque est en lecture seule",
    errno.EADDRINUSE: "un autre programme s’en sert",
}


class BouchonRefusal(Exception):
    """A clear no, in French: `message` says what happened, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


def system_words(error: OSError) -> str:
    """Why the system refused, in French where it is a usual reason."""
    return _SYSTEM.get(error.errno or 0) or error.strerror or str(error)
