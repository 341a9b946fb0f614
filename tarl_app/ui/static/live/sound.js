// The microphone and the loudspeaker of a call, by the processors of worklets.js.
export const RATE = 24000;
const WORKLETS = new URL('worklets.js', import.meta.url);

export class Refused extends Error {}

export class Sound {
  // onPiece({pcm, level, speaking}), onPlayed({item, played, left, held?, flushed?, empty?, level?})
  constructor(onPiece, onPlayed) {
    this.onPiece = onPiece;
    this.onPlayed = onPlayed;
    this.flushes = new Map();
    this.margin = 12;
  }

  // To be called from a click, as browsers want it.
  async open(device) {
    if (!navigator.mediaDevices || !window.AudioWorkletNode) {
      throw new Refused('This browser gives no microphone here: open the page on https or localhost.');
    }
    if (!this.context) {
      this.context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
      await this.context.audioWorklet.addModule(WORKLETS);
      this.speaker = new AudioWorkletNode(this.context, 'tarl-playback', { numberOfInputs: 0, outputChannelCount: [1] });
      this.output = this.context.createGain();
      this.speaker.connect(this.output).connect(this.context.destination);
      this.speaker.port.onmessage = ({ data }) => this.played(data);
    }
    if (this.context.state === 'suspended') await this.context.resume();
    await this.listen(device);
  }

  async listen(device) {
    this.deafen();
    const wanted = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    if (device) wanted.deviceId = { exact: device };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    this.stream = stream;
    let context = this.context;
    let source;
    try {
      source = context.createMediaStreamSource(stream);
    } catch { // a browser that does not convert rates: the processor does
      context = this.ears = new AudioContext();
      await context.audioWorklet.addModule(WORKLETS);
      source = context.createMediaStreamSource(stream);
    }
    this.source = source;
    this.microphone = new AudioWorkletNode(context, 'tarl-capture', { numberOfOutputs: 1, channelCount: 1, channelCountMode: 'explicit' });
    this.microphone.port.onmessage = ({ data }) => { if (this.stream === stream) this.onPiece(data); };
    const { port1, port2 } = new MessageChannel();
    this.microphone.port.postMessage({ mouth: port1, margin: this.margin }, [port1]);
    this.speaker.port.postMessage({ ear: port2 }, [port2]);
    const silent = context.createGain(); // a processor that leads nowhere is not run
    silent.gain.value = 0;
    source.connect(this.microphone).connect(silent).connect(context.destination);
    this.silent = silent;
    stream.getAudioTracks()[0].onended = () => { if (this.stream === stream) this.onPiece({ lost: true }); };
  }

  // Another room needs another distance between voice and noise: after false alarms it is raised.
  deafer() {
    this.margin = Math.min(30, this.margin + 3);
    this.microphone?.port.postMessage({ margin: this.margin });
  }

  deafen() {
    for (const track of this.stream?.getTracks() || []) track.stop();
    this.stream = null;
    for (const node of [this.source, this.microphone, this.silent]) node?.disconnect();
    this.ears?.close();
    this.source = this.microphone = this.silent = this.ears = null;
  }

  async close() {
    this.deafen();
    const context = this.context;
    this.context = null;
    this.speaker?.disconnect();
    this.speaker = null;
    await context?.close();
  }

  play(item, samples) { this.speaker?.port.postMessage({ item, push: samples }, [samples.buffer]); }
  hold() { this.speaker?.port.postMessage({ hold: true }); }
  resume() { this.speaker?.port.postMessage({ resume: true }); }
  guard(guarded) { this.speaker?.port.postMessage({ guarded }); }
  set speed(value) { this.speaker?.port.postMessage({ speed: value }); }
  set volume(value) { if (this.output) this.output.gain.value = value; }

  // Silence now; resolves to the item that was being heard and how many milliseconds of it left the loudspeaker.
  flush() {
    if (!this.speaker) return Promise.resolve({ item: null, milliseconds: 0, left: 0 });
    const id = crypto.getRandomValues(new Uint32Array(1))[0] + 1;
    this.speaker.port.postMessage({ flush: id });
    return new Promise((resolve) => this.flushes.set(id, resolve));
  }

  // Of what was played, the part that has left the loudspeaker.
  milliseconds(samples) {
    const late = (this.context?.outputLatency || 0) + (this.context?.baseLatency || 0);
    return Math.max(0, Math.floor((samples / RATE - late) * 1000));
  }

  played(data) {
    const resolve = this.flushes.get(data.flushed);
    if (resolve) {
      this.flushes.delete(data.flushed);
      resolve({ item: data.item, milliseconds: this.milliseconds(data.played), left: data.left });
    }
    this.onPlayed({ ...data, milliseconds: this.milliseconds(data.played) });
  }
}

export function toBase64(pieces) {
  const bytes = new Uint8Array(pieces.reduce((all, one) => all + one.byteLength, 0));
  let at = 0;
  for (const one of pieces) {
    bytes.set(new Uint8Array(one.buffer), at);
    at += one.byteLength;
  }
  let text = '';
  for (let from = 0; from < bytes.length; from += 8192) text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(text);
}

export function fromBase64(text) {
  const pcm = new Int16Array(toBytes(text).buffer);
  const samples = new Float32Array(pcm.length);
  for (let at = 0; at < pcm.length; at++) samples[at] = pcm[at] / 32768;
  return samples;
}

function toBytes(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
