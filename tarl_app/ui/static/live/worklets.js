// The two ends of a call's sound, on the audio thread, where a busy page cannot hold them up. Both sides have 24 kHz.
// Capture:  microphone -> 16-bit pieces of 20 ms, each with its level; tells when somebody speaks, by energy alone.
// Playback: sounds by item -> loudspeaker; knows which sample is being heard, and falls silent within a block when told.
const RATE = 24000;
const PIECE = 480; // samples: 20 ms
const LOUD = -45; // dB of full scale: below it nobody speaks
const RUN = 4; // of the last 5 pieces have to be loud: 80 to 100 ms

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ratio = sampleRate / RATE;
    this.table = this.ratio === 1 ? null : lowpass(this.ratio);
    this.input = new Float32Array(0);
    this.at = 0;
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
    this.floor = -60;
    this.margin = 12;
    this.loud = [];
    this.speaking = false;
    this.mouth = null;
    this.port.onmessage = ({ data }) => {
      if (data.mouth) this.mouth = data.mouth;
      if (data.margin) this.margin = data.margin;
    };
  }

  process([[channel]]) {
    if (!channel) return true;
    if (!this.table) for (const sample of channel) this.take(sample);
    else this.resample(channel);
    return true;
  }

  resample(channel) {
    const { half, phases, taps } = this.table;
    const joined = new Float32Array(this.input.length + channel.length);
    joined.set(this.input);
    joined.set(channel, this.input.length);
    while (this.at + 2 * half < joined.length) {
      const from = Math.floor(this.at);
      const weights = taps[Math.floor((this.at - from) * phases)];
      let sum = 0;
      for (let one = 0; one < weights.length; one++) sum += joined[from + one] * weights[one];
      this.take(sum);
      this.at += this.ratio;
    }
    const used = Math.floor(this.at);
    this.input = joined.slice(used);
    this.at -= used;
  }

  take(sample) {
    this.piece[this.filled++] = sample;
    if (this.filled < PIECE) return;
    this.filled = 0;
    let power = 0;
    const pcm = new Int16Array(PIECE);
    this.piece.forEach((one, index) => {
      power += one * one;
      pcm[index] = Math.max(-1, Math.min(1, one)) * 32767;
    });
    const level = 10 * Math.log10(power / PIECE + 1e-10);
    this.listen(level);
    this.port.postMessage({ pcm, level, speaking: this.speaking }, [pcm.buffer]);
  }

  listen(level) {
    this.floor = level < this.floor ? Math.max(level, -75) : this.floor + 0.02; // rises by 1 dB a second
    this.loud.push(level > Math.max(LOUD, this.floor + this.margin));
    if (this.loud.length > 5) this.loud.shift();
    const speaks = this.loud.filter(Boolean).length >= RUN;
    if (speaks !== this.speaking) this.mouth?.postMessage(speaks ? 'voice' : 'quiet');
    this.speaking = speaks;
  }
}

// Filters of a windowed sinc, one for each fraction of a sample.
function lowpass(ratio) {
  const half = Math.ceil(12 * Math.max(1, ratio));
  const phases = 32;
  const cut = 0.92 / Math.max(1, ratio);
  const taps = Array.from({ length: phases }, (_, phase) => {
    const weights = Float32Array.from({ length: 2 * half }, (__, index) => {
      const x = index - half - phase / phases;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1));
      return window * (x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x));
    });
    const sum = weights.reduce((all, one) => all + one, 0);
    return weights.map((one) => one / sum);
  });
  return { half, phases, taps };
}

const FRAME = 720; // samples of a stretched frame: 30 ms
const HOP = 360;
const SEEK = 180; // where the next frame fits best is looked for so far to both sides
const NEW = 1; // seconds for which a voice that goes on may silence what only now begins to sound

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.clear();
    this.speed = 1;
    this.guarded = false; // whether a voice at the microphone silences it
    this.voice = -Infinity; // when somebody began to speak who speaks on, and was not heeded yet
    this.port.onmessage = ({ data }) => this.obey(data);
    this.blocks = 0;
  }

  clear() {
    this.sound = new Float32Array(0);
    this.start = 0; // of `sound`, in samples since the last clearing
    this.items = []; // [{item, from, to}]
    this.at = 0;
    this.held = false;
    this.gain = 1;
    this.ready = [];
    this.tail = null;
    this.told = '';
    this.playing = false;
  }

  obey(data) {
    if (data.push) this.push(data.item, data.push);
    if (data.hold) this.hold('asked');
    if (data.resume) this.resume();
    if (data.flush) this.flush(data.flush);
    if (data.speed) { this.speed = data.speed; this.tail = null; }
    if ('guarded' in data) this.guarded = data.guarded;
    if (data.ear) data.ear.onmessage = ({ data: heard }) => { this.voice = heard === 'voice' ? currentTime : -Infinity; };
  }

  get end() { return this.start + this.sound.length; }
  get left() { return this.end - this.at; }

  push(item, samples) {
    const used = Math.max(0, Math.floor(this.at) - this.start - RATE); // a second is kept, to go back into
    const kept = used > 10 * RATE ? used : 0;
    const joined = new Float32Array(this.sound.length - kept + samples.length);
    joined.set(this.sound.subarray(kept));
    joined.set(samples, this.sound.length - kept);
    this.sound = joined;
    this.start += kept;
    this.items = this.items.filter((one) => one.to > this.start || one.item === item);
    const last = this.items[this.items.length - 1];
    if (last && last.item === item) last.to += samples.length;
    else this.items.push({ item, from: this.end - samples.length, to: this.end });
    this.playing = true;
  }

  hold(why) {
    this.held = true;
    this.voice = -Infinity;
    this.tell({ held: why });
  }

  resume() {
    if (!this.held) return;
    const place = this.place();
    this.at = Math.max(place ? place.from : 0, this.start, this.at - 0.15 * RATE);
    this.tail = null;
    this.ready = [];
    this.held = false;
  }

  flush(id) {
    this.tell({ flushed: id });
    this.clear();
  }

  place() { return this.items.find((one) => this.at < one.to) || this.items[this.items.length - 1]; }

  tell(more) {
    const place = this.place();
    const played = place ? Math.min(Math.floor(this.at), place.to) - place.from : 0;
    this.port.postMessage({ item: place ? place.item : null, played: Math.max(0, played), left: this.left, ...more });
  }

  process(_, [[out]]) {
    // Looked at here and not when the voice begins: there may be nothing to silence yet, or the microphone may be muted.
    if (this.guarded && !this.held && this.left > 0 && currentTime - this.voice < NEW) this.hold('voice');
    const still = this.held || this.left <= 0;
    let power = 0;
    for (let index = 0; index < out.length; index++) {
      this.gain = still ? Math.max(0, this.gain - 1 / 96) : Math.min(1, this.gain + 1 / 96); // 4 ms, so that nothing clicks
      out[index] = this.gain > 0 && this.left > 0 ? this.gain * this.next() : 0;
      power += out[index] * out[index];
    }
    if (this.playing && this.left <= 0) {
      this.playing = false;
      this.tell({ empty: true });
    } else if (this.left > 0 && !this.held && ++this.blocks % 6 === 0) {
      this.tell({ level: 10 * Math.log10(power / out.length + 1e-10) });
    }
    return true;
  }

  next() {
    if (this.speed === 1 && !this.ready.length) return this.sample(this.at++);
    if (!this.ready.length) this.stretch();
    return this.ready.length ? this.ready.shift() : this.sample(this.at++);
  }

  sample(at) { return this.sound[at - this.start] || 0; }

  // The next samples at another speed and the same pitch (waveform similarity overlap-add).
  stretch() {
    this.at = Math.floor(this.at);
    if (this.left < FRAME + SEEK) return;
    let best = 0;
    if (this.tail) {
      let most = -Infinity;
      for (let shift = -SEEK; shift <= SEEK; shift += 4) {
        if (this.at + shift < this.start) continue;
        let fit = 0;
        for (let one = 0; one < HOP; one += 4) fit += this.tail[one] * this.sample(this.at + shift + one);
        if (fit > most) { most = fit; best = shift; }
      }
    }
    for (let one = 0; one < HOP; one++) {
      const share = 0.5 - 0.5 * Math.cos((Math.PI * one) / HOP);
      const fresh = this.sample(this.at + best + one);
      this.ready.push(this.tail ? share * fresh + (1 - share) * this.tail[one] : fresh);
    }
    this.tail = Float32Array.from({ length: HOP }, (_, one) => this.sample(this.at + best + HOP + one));
    this.at += Math.round(HOP * this.speed);
  }
}

registerProcessor('tarl-capture', Capture);
registerProcessor('tarl-playback', Playback);
