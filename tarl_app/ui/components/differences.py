"""What a call changed in the database, as HTML."""

from collections.abc import Sequence
from html import escape

from tarl_app.core.types import Change
from tarl_app.ui import words


def differences(changes: Sequence[Change], ended: bool) -> str:
    """Row by row, column by column; ``ended``: nothing more will be changed."""
    if not changes:
        word = "Nothing was changed." if ended else "Nothing has been changed yet."
        return f'<p class="ev-muted">{word}</p>'
    rows = words.changes_by_row(changes)
    return "".join(
        f'<div class="ev-change"><h4>{escape(row)}{_novelty(columns)}</h4>'
        f"{''.join(_difference(*one) for one in columns)}</div>"
        for row, columns in rows.items()
    )


def _novelty(columns: Sequence[tuple[str, str | None, str | None]]) -> str:
    if all(before is None for _, before, _ in columns):
        return ' <span class="ev-new">new</span>'
    return ' <span class="ev-gone">removed</span>' if all(after is None for *_, after in columns) else ""


def _difference(column: str, before: str | None, after: str | None) -> str:
    old = f"<del>{escape(words.shorten(before, 160) or 'empty')}</del>" if before is not None else ""
    new = f"<ins>{escape(words.shorten(after, 160) or 'empty')}</ins>" if after is not None else ""
    arrow = '<span class="ev-to" aria-label="becomes">→</span>' if old and new else ""
    return f'<div class="ev-diff"><span>{escape(column)}</span><div>{old}{arrow}{new}</div></div>'
