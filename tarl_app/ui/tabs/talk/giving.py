"""The fold of the Talk tab in which a visitor gives a recording of their own voice, or takes one back."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from tarl_app.core.errors import TarlError
from tarl_app.core.types import UserTurn
from tarl_app.storage.recordings import LICENCE, LONGEST, Recordings
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.components.events import listen
from tarl_app.ui.components.values import growing

ABOUT = (
    "Speech recognition is trained on synthetic voices here, for want of people's. You may give a sentence that you have "
    "said in this visit: its sound, and your words for it. It is kept by whoever runs this page, under "
    f"{LICENCE}, so that others may use it too, without your name. Nothing is given unless you press the button, and you "
    "can take it back."
)
CONSENT = f"It is my own voice, and I give this recording and its words under {LICENCE}."
_NOTHING = "You have said nothing aloud in this visit yet: press the microphone, or choose a sound file."


@dataclass(frozen=True)
class Fold:
    """Its components."""

    fold: gr.Accordion
    which: gr.Dropdown
    words: gr.Textbox
    consent: gr.Checkbox
    give: gr.Button
    said: gr.HTML
    code: gr.Textbox
    take_back: gr.Button


def lay_out() -> Fold:
    """Creates the fold."""
    with gr.Accordion("Give a recording of your voice", open=False, elem_id="tarl-giving") as fold:
        gr.HTML(f'<p class="ev-muted">{escape(ABOUT)}</p>', apply_default_css=False, js_on_load=None)
        with gr.Row():
            which = growing(
                gr.Dropdown([], value=None, label="What you said aloud", min_width=200, elem_id="tarl-giving-which")
            )
            words = gr.Textbox(
                label="Word for word",
                info="Correct it where you were misheard",
                max_length=LONGEST,
                elem_id="tarl-giving-words",
            )
        consent = gr.Checkbox(False, label=CONSENT, elem_id="tarl-giving-consent")
        with gr.Row(equal_height=False):
            give = gr.Button("Give it", size="sm", scale=0, min_width=120, elem_id="tarl-giving-give")
            said = gr.HTML(elem_id="tarl-giving-said", apply_default_css=False, js_on_load=None)
        with gr.Row(equal_height=False):
            code = gr.Textbox(label="Code of a recording that you gave", max_lines=1, scale=1, elem_id="tarl-giving-code")
            take_back = gr.Button("Take it back", size="sm", scale=0, min_width=120, elem_id="tarl-giving-take-back")
    return Fold(fold, which, words, consent, give, said, code, take_back)


def connect(fold: Fold, recordings: Recordings, visit_of: Callable[[gr.Request], LiveCall]) -> None:
    """Connects the buttons."""

    def listed(request: gr.Request) -> dict[Any, Any]:
        turns = visit_of(request).voiced.turns
        return {
            fold.which: gr.update(choices=[(_shown(turn), turn.audio.path) for turn in turns if turn.audio]),
            fold.said: "" if turns else _told(_NOTHING),
        }

    def chosen(which: str | None, request: gr.Request) -> dict[Any, Any]:
        turn = visit_of(request).voiced.of(which or "")
        return {fold.words: (turn.text or turn.heard or "") if turn else "", fold.consent: False}

    def give(which: str | None, words: str, consent: bool, request: gr.Request) -> dict[Any, Any]:
        turn = visit_of(request).voiced.of(which or "")
        if turn is None or turn.audio is None:
            return {fold.said: _told("Choose a sentence that you have said first.", alert=True)}
        if not consent:
            return {fold.said: _told("Tick that it is your own voice and that you give it.", alert=True)}
        try:
            code = recordings.give(turn.audio, words or "")
        except TarlError as error:
            return {fold.said: _told(str(error), alert=True)}
        thanks = "Thank you. Keep this code if you may want to take it back later:"
        return {
            fold.said: f'{_told(thanks)}<p class="ev-muted"><code>{escape(code)}</code></p>',
            fold.code: code,
            fold.which: gr.update(value=None),
            fold.words: "",
            fold.consent: False,
        }

    def take_back(code: str) -> dict[Any, Any]:
        try:
            recordings.take_back(code or "")
        except TarlError as error:
            return {fold.said: _told(str(error), alert=True)}
        return {fold.said: _told("It is deleted."), fold.code: ""}

    listen(fold.fold.expand, listed, None, [fold.which, fold.said])
    listen(fold.which.focus, listed, None, [fold.which, fold.said])
    listen(fold.which.input, chosen, [fold.which], [fold.words, fold.consent])
    changed = [fold.said, fold.code, fold.which, fold.words, fold.consent]
    listen(fold.give.click, give, [fold.which, fold.words, fold.consent], changed)
    listen(fold.take_back.click, take_back, [fold.code], [fold.said, fold.code])


def _shown(turn: UserTurn) -> str:
    seconds = turn.audio.seconds if turn.audio else 0.0
    words = turn.text or turn.heard or "words that were not recognised"
    return f"{words if len(words) <= 80 else f'{words[:79]}…'} ({seconds:.1f} s)"


def _told(words: str, alert: bool = False) -> str:
    role = "alert" if alert else "status"
    return f'<p class="{"no-text" if alert else "ev-muted"}" role="{role}">{escape(words)}</p>'
