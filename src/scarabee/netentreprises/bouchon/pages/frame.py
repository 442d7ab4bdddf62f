"""The frame of every page: the striped banner, the menu, the headers that keep it to itself."""

from html import escape
from importlib.resources import files

from scarabee.netentreprises.bouchon.wire import HTML, Answer

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE_LENGTH = 50
BANNER = "BOUCHON : faux portail, rien n’est transmis"
_MENU = {
    "/": "Accueil",
    "/comptes": "Comptes",
    "/depots": "Dépôts",
    "/incidents": "Incidents",
    "/requetes": "Requêtes",
}
_STATIC = {"/bouchon.css": ("bouchon.css", "text/css; charset=utf-8"), "/bouchon.svg": ("bouchon.svg", "image/svg+xml")}


def page(title: str, body: str, *, current: str = "", status: int = 200) -> Answer:
    """A whole page. `body` is HTML, already escaped; `current` the path of the menu where it belongs."""
    menu = "".join(
        f'<li><a href="{path}"{' aria-current="page"' if path == current else ""}>{name}</a></li>'
        for path, name in _MENU.items()
    )
    text = f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Bouchon</title>
<link rel="stylesheet" href="/bouchon.css">
<link rel="icon" href="/bouchon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#contenu">Aller au contenu</a>
<header>
<p class="banner"><span>{BANNER}</span></p>
<nav aria-label="Menu du bouchon"><ul>{menu}</ul></nav>
</header>
<main id="contenu" tabindex="-1">
<h1>{escape(title)}</h1>
{body}
</main>
<footer><p>Cette page n’est pas celle de Net-Entreprises. Scarabée la sert, sur cette machine seulement.</p></footer>
</body>
</html>
"""
    return Answer(status, text.encode("utf-8"), f"{HTML}; charset=utf-8")


def problem(status: int, text: str) -> Answer:
    """A page that says what is wrong, and the way out."""
    return page(
        "Demande sans suite",
        f'<p>{escape(text)}</p><p><a href="/">Revenir à l’accueil du bouchon</a></p>',
        status=status,
    )


def table(caption: str, heads: list[str], rows: list[list[str]], *, none: str, titled: bool = False) -> str:
    """A table whose cells are HTML; the first of each row names it. `none` is said when there are no rows.

    `titled`: a heading above says the same as the caption, which is then left to screen readers.
    """
    if not rows:
        return f"<p>{escape(none)}</p>"
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "".join(
        f'<tr><th scope="row">{cells[0]}</th>{"".join(f"<td>{cell}</td>" for cell in cells[1:])}</tr>' for cells in rows
    )
    name = f"<caption{' class="hidden"' if titled else ''}>{escape(caption)}</caption>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"{name}<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def paging(path: str, number: int, count: int) -> str:
    """Links to the pages before and after this one, of so many; nothing when there is one."""
    if count <= 1:
        return ""
    links = []
    if number > 1:
        links.append(f'<a href="{path}?page={number - 1}" rel="prev">Page précédente</a>')
    links.append(f"<span>Page {number} sur {count}</span>")
    if number < count:
        links.append(f'<a href="{path}?page={number + 1}" rel="next">Page suivante</a>')
    return f'<nav class="paging" aria-label="Pages">{" ".join(links)}</nav>'


def page_number(text: str, count: int) -> int:
    """The page asked for, within those there are."""
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return max(1, min(wanted, count))


def done(text: str) -> str:
    """What was just done, for whoever sees or hears it."""
    return f'<p class="done" role="status">{escape(text)}</p>'


def static_file(path: str) -> Answer | None:
    """The style sheet or the icon, when the path is theirs."""
    if path not in _STATIC:
        return None
    name, media_type = _STATIC[path]
    content = files("scarabee.netentreprises.bouchon.pages").joinpath(name).read_bytes()
    return Answer(200, content, media_type)
