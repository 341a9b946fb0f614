"""Custom widgets: a list whose items are updated one by one, recording and playback, and a live call."""

import hashlib
import secrets
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

STATIC = Path(__file__).parents[1] / "static"
CSS = "\n".join(path.read_text("utf-8") for path in sorted(STATIC.glob("*.css")))
"""The page's style: every sheet in ``static``."""
_KEYED = (STATIC / "keyed.js").read_text("utf-8")
_VOICE = (STATIC / "voice.js").read_text("utf-8")
LIVE = {path.name: path.read_bytes() for path in sorted((STATIC / "live").glob("*.js"))}
"""The modules of a live call, by name; the page loads them when somebody first presses the microphone."""
LIVE_VERSION = hashlib.sha256(b"".join(LIVE.values())).hexdigest()[:12]
PICKERS = (STATIC / "pickers.js").read_text("utf-8")
"""For all lists of the page."""
FRAMES = (STATIC / "frames.js").read_text("utf-8")
"""Ends a loop of Gradio that keeps an idle page busy."""
FIELDS = (STATIC / "fields.js").read_text("utf-8")
"""Shows what a form's estimate says about a field at that field."""
_APP = secrets.token_hex(8)
"""Differs in every process, so that a page knows that the app was restarted."""
_RETURNING = (STATIC / "returning.js").read_text("utf-8")
_FOLD = (STATIC / "fold.js").read_text("utf-8")
EXAMPLE = (STATIC / "example.js").read_text("utf-8")
"""Plays the recorded pair of the first screen."""
_LIVE = (STATIC / "live.js").read_text("utf-8")
_MICROPHONE = """<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15a3.5 3.5 0 0 0 3.5-3.5v-6a3.5 3.5 0 0 0-7 0v6
    A3.5 3.5 0 0 0 12 15Zm6-3.5a6 6 0 0 1-12 0M12 17.5V21"/></svg>"""
_METER = '<span class="vo-meter" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>'
_VOICE_HTML = """
<div class="vo-bar">
  <button type="button" class="vo-mic" aria-pressed="false" aria-describedby="HINT">
    MICROPHONE<span class="vo-label">Hold to talk</span>
  </button>
  METER
  <span class="vo-speaking" aria-hidden="true"></span>
</div>
<p class="vo-hint" id="HINT" role="status"></p>
"""
_LIVE_HTML = """
<div class="lv" data-live="MODULE" role="group" aria-label="Voice">
  <button type="button" class="vo-mic" aria-pressed="false" aria-label="Talk to the agent" aria-describedby="HINT">
    MICROPHONE</button>
  <div class="lv-words">
    <p class="lv-state"><span class="vo-label">Press the microphone and talk</span>METER
      <span class="lv-took" aria-hidden="true"></span></p>
    <p class="lv-caption" aria-hidden="true"><span class="lv-said"></span><span class="lv-coming"></span></p>
  </div>
  <div class="lv-controls">
    <button type="button" class="lv-mute" aria-pressed="false" disabled>Mute</button>
    <button type="button" class="lv-stop" title="Esc does the same" disabled>Interrupt</button>
    <button type="button" class="lv-leave" hidden>End live call</button>
    <details class="lv-more"><summary>Settings</summary>
      <div class="lv-settings">
        <fieldset class="lv-mode"><legend>Turns</legend>
          <label><input type="radio" name="NAME-mode" value="free" checked> Hands-free</label>
          <label><input type="radio" name="NAME-mode" value="hold"> Hold to talk (Space)</label></fieldset>
        <label>Microphone <select class="lv-device"><option>Chosen by the browser</option></select></label>
        <label>Volume <input type="range" class="lv-volume" min="0" max="1" step="0.05" value="1"></label>
        <label>Speed <select class="lv-speed"><option value="0.8">0.8</option><option value="1" selected>1</option>
          <option value="1.2">1.2</option><option value="1.5">1.5</option></select></label>
      </div></details>
  </div>
</div>
<p class="vo-hint" id="HINT" role="status"></p>
"""


def keyed(
    follow: bool, label: str, elem_id: str, jumps_to: str = "tarl-transcript", script: str = "", calm: bool = False
) -> gr.HTML:
    """A list of keyed items (``static/keyed.js``); its value is ``{"call": ..., "items": [(key, html), ...]}``.

    ``follow`` keeps the newest item in view; ``jumps_to`` is the element in which its ``data-jump`` buttons find their item.
    ``calm``: it does not change under a pointer that moves over it.
    ``script``: a file in ``static`` that adds to ``keyed.js``.
    """
    role = "log" if follow else "region"
    return gr.HTML(
        value={"call": None, "items": []},
        html_template=f'<div data-list="{"follow" if follow else ""}" data-jumps="{escape(jumps_to)}" class="tl-list" '
        f'data-calm="{"yes" if calm else ""}" '
        f'role="{role}" aria-label="{escape(label)}" tabindex="0"></div>',
        js_on_load=_KEYED + ((STATIC / script).read_text("utf-8") if script else ""),
        elem_id=elem_id,
        apply_default_css=False,
    )


def fold(title: str, folds: str, elem_id: str) -> gr.HTML:
    """On a phone, the button behind which the elements with these ids are (``static/phone.css``); ids joined by blanks."""
    told = f'aria-expanded="false" data-folds="{escape(folds)}"'
    return gr.HTML(
        f'<button type="button" class="fo-button" {told}>{escape(title)}</button>',
        js_on_load=_FOLD,
        elem_id=elem_id,
        apply_default_css=False,
    )


def returning(what: str, elem_id: str) -> gr.HTML:
    """Nothing to see. Its event ``returned`` tells what a tab shows that the app may have forgotten: ``shown``, and ``why``
    (``restarted``, ``away``, or ``asked``: by ``asking``); see ``static/returning.js``.
    """
    return gr.HTML(
        _returning(what),
        js_on_load=_RETURNING,
        elem_id=elem_id,
        apply_default_css=False,
    )


def asking(what: str) -> Any:
    """An update of ``returning``'s component: the page is to tell what it shows."""
    return gr.update(value=_returning(what, secrets.token_hex(4)))


def _returning(what: str, asked: str = "") -> str:
    return f'<span hidden data-app="{_APP}" data-what="{escape(what)}" data-asked="{asked}"></span>'


def voice(elem_id: str) -> gr.HTML:
    """Recording and playback (``static/voice.js``); its value is ``{"epoch", "pieces", "off"}``, its event ``spoken``."""
    return gr.HTML(
        value={"epoch": 0, "pieces": [], "off": ""},
        html_template=_with_parts(_VOICE_HTML, elem_id),
        js_on_load=_VOICE,
        elem_id=elem_id,
        apply_default_css=False,
        min_width=150,
    )


def live(elem_id: str) -> gr.HTML:
    """The same with a live call (``static/live.js``); its events are ``called``, which asks for a call, and ``spoken``."""
    return gr.HTML(
        value={"epoch": 0, "pieces": [], "off": ""},
        html_template=_with_parts(_LIVE_HTML, elem_id),
        js_on_load=_VOICE + _LIVE,
        elem_id=elem_id,
        apply_default_css=False,
    )


def _with_parts(template: str, elem_id: str) -> str:
    parts = {"MICROPHONE": _MICROPHONE, "METER": _METER, "HINT": f"{elem_id}-hint", "NAME": elem_id}
    parts["MODULE"] = f"tarl/static/{LIVE_VERSION}/call.js"
    for name, html in parts.items():
        template = template.replace(name, html)
    return template
