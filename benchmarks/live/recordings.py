"""What goes through the microphone and the loudspeaker of a page, recorded together on its own audio clock."""

import base64

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

from benchmarks.live.pages import CALL

Samples = npt.NDArray[np.float32]
BLOCK = 128  # samples: 5 ms
RATE = 24_000
# By a processor on the audio thread: a busy page would lose pieces, and with them time.
RECORD = f"""async () => {{
  const {{context, source, output}} = {CALL}.sound;
  const code = `registerProcessor('benchmark-recorder', class extends AudioWorkletProcessor {{
    constructor() {{ super(); this.sides = new Float32Array(2048); this.filled = 0; }}
    process([microphone, loudspeaker]) {{
      this.began ??= currentTime;
      if (microphone[0]) this.sides.set(microphone[0], this.filled);
      if (loudspeaker[0]) this.sides.set(loudspeaker[0], 1024 + this.filled);
      this.filled += 128;
      if (this.filled === 1024) {{
        this.port.postMessage([this.began, this.sides]);
        this.sides = new Float32Array(2048);
        this.filled = 0;
      }}
      return true;
    }}
  }});`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], {{type: 'text/javascript'}})));
  const recorder = new AudioWorkletNode(context, 'benchmark-recorder', {{numberOfInputs: 2, numberOfOutputs: 1}});
  window.recorded = [];
  recorder.port.onmessage = ({{data: [began, sides]}}) => {{
    window.recordedFrom = began;
    window.recorded.push(sides);
  }};
  source.connect(recorder, 0, 0);
  output.connect(recorder, 0, 1);
  recorder.connect(context.destination);
}}"""
COLLECT = """() => {
  let text = '';
  for (const block of window.recorded) {
    const bytes = new Uint8Array(block.buffer);
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}"""


def recorded(page: Page) -> tuple[Samples, Samples]:
    """Microphone and loudspeaker, at the same times."""
    blocks = np.frombuffer(base64.b64decode(page.evaluate(COLLECT)), np.float32).reshape(-1, 2, 1024)
    return blocks[:, 0].ravel(), blocks[:, 1].ravel()


def stretches(sound: Samples, gap: float, loudness: float = 0.01) -> list[tuple[float, float]]:
    """Where there is sound, in seconds; what lies less than ``gap`` seconds apart is one stretch."""
    blocks = np.abs(sound[: len(sound) // BLOCK * BLOCK]).reshape(-1, BLOCK).max(axis=1) > loudness
    found: list[tuple[float, float]] = []
    for at in np.flatnonzero(blocks) * BLOCK / RATE:
        if found and at - found[-1][1] < gap:
            found[-1] = (found[-1][0], at + BLOCK / RATE)
        else:
            found.append((float(at), float(at + BLOCK / RATE)))
    return found


def first_sounds(page: Page, moments: list[float]) -> list[float]:
    """For each moment of the audio clock, in seconds: milliseconds until the loudspeaker is given its next sound."""
    _, loudspeaker = recorded(page)
    began = page.evaluate("window.recordedFrom")
    sounding = began + np.array([start for start, _ in stretches(loudspeaker, 0.0, 1e-5)])
    return [1000 * float(sounding[sounding >= moment][0] - moment) for moment in moments]


def barge_in(microphone: Samples, loudspeaker: Samples) -> list[float]:
    """For each voice that began while the agent sounded: milliseconds until the last sound of the agent's under it.

    Strict: what goes on after a false alarm, or begins while the person still speaks, counts as not silent.
    """
    sounding = np.array([start for start, _ in stretches(loudspeaker, 0.0, 0.002)])
    found: list[float] = []
    for start, end in stretches(microphone, 0.5):
        if ((sounding > start - 0.05) & (sounding <= start)).any():
            under = sounding[(sounding >= start) & (sounding < end)]
            found.append(1000 * (float(under[-1]) + BLOCK / RATE - start) if len(under) else 0.0)
    return found
