"""Names as people look for them: without case, accents or punctuation."""

import re
import unicodedata

_OTHER = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})


def search_key(*words: str) -> str:
    """« L’HÉRITIER Zoé » → `l heritier zoe`: what names are sorted and searched by."""
    joined = " ".join(words).casefold()
    if not joined.isascii():
        joined = joined.translate(_LIGATURES)
        joined = "".join(c for c in unicodedata.normalize("NFD", joined) if not unicodedata.combining(c))
    return _OTHER.sub(" ", joined).strip()
