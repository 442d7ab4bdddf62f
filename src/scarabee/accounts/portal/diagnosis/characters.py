"""Characters that a person does not see, or takes for another: what each one is, in French.

The looks of the letters come from Unicode's list of confusables (UTS 39), cut down to what resembles a letter that a
French keyboard types.
"""

import unicodedata
from dataclasses import dataclass

_CYRILLIC = dict(zip("аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅ", "aeopcyxijshdqwABEKMHOPCTYXIJS", strict=True))
_CYRILLIC |= {"ё": "ë", "Ё": "Ë", "ѐ": "è", "Ѐ": "È", "ї": "ï", "Ї": "Ï"}
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιρκυα", "ABEZHIKMNOPTYXovipkua", strict=True))
_SCRIPTS = {"CYRILLIC": "cyrillique", "GREEK": "grec"}
_LATIN = {
    "ı": ("i", "un i sans point"),
    "ɑ": ("a", "un a phonétique"),
    "ɡ": ("g", "un g phonétique"),
    "ſ": ("s", "un s long"),
}
_APOSTROPHES = frozenset("’‘‚‛′ʼʹ´`ˈ")
_QUOTATION_MARKS = frozenset("“”„‟″«»")
_DASHES = frozenset("‐‑‒–—―−⁃﹘﹣")
_LIGATURES = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"}
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007\u2060")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LAST_EUROPEAN_LETTER = 0x17F
_KEYBOARD_SYMBOLS = frozenset("€£¤§µ°²¨")
"""What a French keyboard types besides ASCII and accented letters: nothing odd in a password."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """What a character is. `kind` alone is said of a password: it never tells which character it is.

    `resembles`: what a person takes it for. `is_blank`: it leaves a blank, or nothing, on the screen.
    `is_impossible`: no request to the portal can carry it (XML 1.0 §2.2).
    """

    code: str
    kind: str
    name: str = ""
    resembles: str = ""
    is_blank: bool = False
    is_impossible: bool = False


def oddity_of(character: str) -> Oddity | None:
    """What is odd about a character, wherever it stands; None for one that a French keyboard types."""
    if " " <= character <= "~" and character != "`":
        return None
    return _unseen(character) or _punctuation(character) or _look_alike(character) or _unusual(character)


def oddity_in_password(character: str) -> Oddity | None:
    """The same for a password, where symbols of the keyboard and ligatures are nobody's business."""
    if character in _KEYBOARD_SYMBOLS or character in "`´œæŒÆ":
        return None
    return oddity_of(character)


def oddity_in_name(character: str) -> Oddity | None:
    """The same for a nom or prénom, where figures and symbols are odd too."""
    if character in "01":
        look = "O" if character == "0" else "l"
        return Oddity("chiffre", "un chiffre", f"le chiffre {character}", f"à la lettre {look}")
    if character.isascii() and character.isdigit():
        return Oddity("chiffre", "un chiffre", f"le chiffre {character}")
    if character.isascii() and character.isprintable() and not (character.isalpha() or character in " '-.`"):
        return Oddity("symbole", "un symbole", f"le symbole « {character} »")
    return oddity_of(character)


def is_blank(character: str) -> bool:
    """Whether it leaves a blank on the screen, or nothing."""
    odd = oddity_of(character)
    return character == " " or (odd is not None and odd.is_blank)


def _unseen(character: str) -> Oddity | None:
    """Blanks, line ends, controls, and what leaves no trace at all."""
    category = unicodedata.category(character)
    if category == "Cs" or character in "\ufffe\uffff" or (character < " " and character not in "\t\n\r"):
        return Oddity("caractere_de_controle", "un caractère de contrôle", is_blank=True, is_impossible=True)
    if character == "\t":
        return Oddity("tabulation", "une tabulation", is_blank=True)
    if character in _LINE_ENDS:
        return Oddity("fin_de_ligne", "une fin de ligne", is_blank=True)
    if character in _NO_BREAK_SPACES:
        return Oddity("espace_insecable", "une espace insécable", is_blank=True)
    if category == "Zs":
        return Oddity("espace_speciale", "une espace inhabituelle", is_blank=True)
    if category == "Cc":
        return Oddity("caractere_de_controle", "un caractère de contrôle", is_blank=True)
    if category == "Cf" or character in _FILLERS or "\ufe00" <= character <= "\ufe0f":
        return Oddity("invisible", "un caractère invisible", is_blank=True)
    return None


def _punctuation(character: str) -> Oddity | None:
    """Quotes and dashes that word processors put in place of those of the keyboard."""
    if character in _APOSTROPHES:
        return Oddity("apostrophe", "une apostrophe qui n’est pas l’apostrophe droite", f"« {character} »", "'")
    if character in _QUOTATION_MARKS:
        return Oddity("guillemet", "un guillemet qui n’est pas le guillemet droit", f"« {character} »", '"')
    if character in _DASHES:
        return Oddity("tiret", "un tiret qui n’est pas le trait d’union du clavier", f"« {character} »", "-")
    return None


def _look_alike(character: str) -> Oddity | None:
    """Letters of other alphabets or shapes that look like ours."""
    for letters, script in ((_CYRILLIC, "cyrillique"), (_GREEK, "grec")):
        if look := letters.get(character):
            kind = f"une lettre {'grecque' if script == 'grec' else script}, qui ressemble à une lettre latine"
            return Oddity("sosie", kind, f"un {look} {script}", f"au {look}")
    if found := _LATIN.get(character):
        return Oddity(
            "sosie", "une lettre inhabituelle, qui ressemble à une lettre courante", found[1], f"au {found[0]}"
        )
    if character in _LIGATURES:
        return Oddity(
            "ligature", "une ligature", f"la ligature « {character} »", f"aux lettres {_LIGATURES[character]}"
        )
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or not plain.isascii() or not plain.strip():
        return None
    if unicodedata.name(character, "").startswith("LATIN SMALL LIGATURE"):
        return Oddity("ligature", "une ligature", f"la ligature « {character} »", f"aux lettres {plain}")
    if unicodedata.name(character, "").startswith("FULLWIDTH"):
        return Oddity("pleine_chasse", "un caractère pleine chasse", f"un {plain} pleine chasse", f"au {plain}")
    return Oddity("sosie", "une variante d’un caractère courant", f"la variante « {character} »", f"au {plain}")


def _unusual(character: str) -> Oddity | None:
    """Whatever else a French keyboard does not type."""
    category = unicodedata.category(character)
    if category.startswith("M"):
        return Oddity("accent_separe", "un accent séparé de sa lettre")
    if character == "\ufffd":
        return Oddity(
            "caractere_perdu", "un caractère perdu pendant une copie", "le signe « \ufffd », laissé par une copie"
        )
    if category.startswith("L"):
        if unicodedata.name(character, "").startswith("LATIN") and ord(character) <= _LAST_EUROPEAN_LETTER:
            return None
        script = next((word for name, word in _SCRIPTS.items() if unicodedata.name(character, "").startswith(name)), "")
        letter = {"cyrillique": "cyrillique", "grec": "grecque"}.get(script, "d’un autre alphabet")
        return Oddity("autre_alphabet", f"une lettre {letter}", f"la lettre « {character} », {letter}")
    if category.startswith(("C", "N")) or not character.isprintable():
        return Oddity("inhabituel", "un caractère inhabituel")
    return Oddity("symbole", "un symbole inhabituel", f"le symbole « {character} »")
