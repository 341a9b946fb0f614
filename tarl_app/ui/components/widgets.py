"""Custom widgets: a list whose items are updated one by one, and recording and playback."""

from html import escape
from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parents[1] / "static"
CSS = "\n".join(path.read_text("utf-8") for path in sorted(STATIC.glob("*.css")))
"""The page's style: every sheet in ``static``."""
_KEYED = (STATIC / "keyed.js").read_text("utf-8")
_VOICE = (STATIC / "voice.js").read_text("utf-8")
_VOICE_HTML = """
<div class="vo-bar">
  <button type="button" class="vo-mic" aria-pressed="false" aria-describedby="HINT">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15a3.5 3.5 0 0 0 3.5-3.5v-6a3.5 3.5 0 0 0-7 0v6
    A3.5 3.5 0 0 0 12 15Zm6-3.5a6 6 0 0 1-12 0M12 17.5V21"/></svg><span class="vo-label">Hold to talk</span>
  </button>
  <span class="vo-meter" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>
  <span class="vo-speaking" aria-hidden="true"></span>
</div>
<p class="vo-hint" id="HINT" role="status"></p>
"""


def keyed(follow: bool, label: str, elem_id: str, jumps_to: str = "tarl-transcript", script: str = "") -> gr.HTML:
    """A list of keyed items (``static/keyed.js``); its value is ``{"call": ..., "items": [(key, html), ...]}``.

    ``follow`` keeps the newest item in view; ``jumps_to`` is the element in which its ``data-jump`` buttons find their item.
    ``script``: a file in ``static`` that adds to ``keyed.js``.
    """
    role = "log" if follow else "region"
    return gr.HTML(
        value={"call": None, "items": []},
        html_template=f'<div data-list="{"follow" if follow else ""}" data-jumps="{escape(jumps_to)}" class="tl-list" '
        f'role="{role}" aria-label="{escape(label)}" tabindex="0"></div>',
        js_on_load=_KEYED + ((STATIC / script).read_text("utf-8") if script else ""),
        elem_id=elem_id,
        apply_default_css=False,
    )


def voice(elem_id: str) -> gr.HTML:
    """Recording and playback (``static/voice.js``); its value is ``{"epoch", "pieces", "off"}``, its event ``spoken``."""
    return gr.HTML(
        value={"epoch": 0, "pieces": [], "off": ""},
        html_template=_VOICE_HTML.replace("HINT", f"{elem_id}-hint"),
        js_on_load=_VOICE,
        elem_id=elem_id,
        apply_default_css=False,
        min_width=150,
    )
