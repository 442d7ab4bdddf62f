"""Reading a password: from standard input or from the keyboard, never from an argument."""

import getpass
import sys

from scarabee.maintenance.errors import Refusal


def read_password(prompt: str, *, from_stdin: bool, twice: bool = False) -> str:
    """One line, as it is: only the line end is removed. `twice`: typed again at the keyboard, to catch a slip.

    Raises `Refusal` when there is nothing to read, no keyboard to ask, or the two differ.
    """
    if from_stdin:
        return _line_of_stdin()
    if not sys.stdin.isatty():
        raise Refusal(
            "Aucun mot de passe n’a été donné, et il n’y a pas de clavier pour le demander.",
            remedy="Donnez-le sur l’entrée standard, avec --mot-de-passe-stdin.",
        )
    typed = getpass.getpass(prompt)
    if twice and getpass.getpass("Le même, une seconde fois : ") != typed:
        raise Refusal("Les deux saisies diffèrent.", remedy="Recommencez.")
    return typed


def _line_of_stdin() -> str:
    data = sys.stdin.buffer.readline() if hasattr(sys.stdin, "buffer") else sys.stdin.readline().encode()
    try:
        line = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(
            "Le mot de passe lu sur l’entrée standard n’est pas en UTF-8.", remedy="Envoyez-le en UTF-8."
        ) from None
    line = line.removesuffix("\n").removesuffix("\r")
    if not line:
        raise Refusal("L’entrée standard ne contient aucun mot de passe.", remedy="Envoyez-le sur une ligne.")
    return line
