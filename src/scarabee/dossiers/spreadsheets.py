"""Texts on their way into a spreadsheet, which runs what begins like a formula, wherever it came from."""

_BLANKS = "\t\r\n \u00a0\ufeff"
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What begins a formula, in the wide letters of Asia too (OWASP, CSV Injection)."""


def harmless[Cell](cell: Cell) -> Cell | str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before a text that begins like one.

    Blanks in front protect nobody: some spreadsheets leave them out. Figures that are no text stay as they are.
    """
    if not isinstance(cell, str):
        return cell
    begins_oddly = cell.startswith(("\t", "\r", "\n")) or cell.lstrip(_BLANKS).startswith(_STARTS)
    return f"'{cell}" if begins_oddly else cell
