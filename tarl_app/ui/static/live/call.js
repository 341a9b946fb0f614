// A live call: the state of one session of /v1/realtime, between the microphone and the loudspeaker.
import { Connection } from './connection.js';
import { Captions } from './captions.js';
import { HANDLERS, QUIET } from './events.js';
import { goOn, holdForVoice } from './holding.js';
import { hear, letGo, press } from './microphone.js';
import { Refused, Sound } from './sound.js';

const DETECTION = [
  { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
  { type: 'server_vad', create_response: true, interrupt_response: true },
];

export class Call {
  // on.changed() after every change; on.words(said, coming, who) for captions; on.opened(); on.note(text);
  // on.took(milliseconds) from the end of a person's turn until the answer's first sound;
  // on.ended(why, impossible): the call is over, or no connection can be had
  constructor(on) {
    this.on = on;
    this.sound = new Sound((piece) => this.hear(piece), (played) => this.follow(played));
    this.captions = new Captions((said, left, who) => on.words(said, left, who));
    this.settings = { mode: 'free', muted: false, aloud: true, device: '', volume: 1, speed: 1 };
    this.connection = new Connection({ event: (event) => this.take(event), state: (state, why) => this.connected(state, why) });
    this.levels = { microphone: -90, speaker: -90 };
    this.measures = [];
    this.outbox = [];
    this.detection = 0;
    this.reset();
    this.on_ = false;
    this.phase = 'idle';
  }

  reset() {
    this.pieces = [];
    this.voiceAt = -Infinity; // when somebody last spoke at the microphone
    this.sent = 0; // milliseconds of sound of this session
    this.response = null;
    this.dropped = new Set();
    this.items = new Map(); // item -> milliseconds of sound that came
    this.order = [];
    this.tools = new Set();
    this.owed = false; // a turn is over, and its answer has not begun
    this.hearing = false;
    this.doubt = false; // somebody speaks, and the server does not know yet whether they interrupt
    this.clearing = 0; // clearings of the server's buffer that it has not confirmed: what it tells before is of the past
    this.pressed = false;
    this.held = '';
    this.playing = false;
    clearTimeout(this.alarm);
  }

  get live() { return this.on_; }

  // What the page says: idle, opening, connecting, broken, waiting, muted, hearing, speaking, looking, thinking, listening.
  get mood() {
    if (!this.on_) return 'idle';
    if (this.phase !== 'open') return this.phase;
    if (this.waits) return 'waiting';
    if (this.hearing || this.pressed) return 'hearing';
    if (this.playing && !this.held) return 'speaking';
    if (this.tools.size) return 'looking';
    if (this.response || this.owed) return 'thinking';
    if (this.settings.mode === 'hold') return 'ready';
    return this.settings.muted ? 'muted' : 'listening';
  }

  // --- from the page ---------------------------------------------------------------------------------------------------

  // Opens the microphone, from a click; throws what the browser says. `line`: the call's {id, key}, once there is one.
  async start(line) {
    this.on_ = true;
    this.line = line;
    this.phase = 'opening';
    this.on.changed();
    try {
      await this.sound.open(this.settings.device);
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (!this.on_) return this.sound.close();
    this.apply(this.settings);
    this.phase = 'connecting';
    if (this.line) this.connection.open(this.line.key);
    return this.on.changed();
  }

  // The call is there, or another one.
  dial(line) {
    if (!this.on_ || this.line?.id === line.id) return;
    const first = !this.line;
    this.line = line;
    if (this.phase === 'opening') return; // `start` goes on with it
    if (!first) {
      this.connection.close();
      this.silence();
      this.reset();
    }
    this.phase = 'connecting';
    this.connection.open(line.key);
    this.on.changed();
  }

  async stop() {
    this.on_ = this.ending = false;
    this.line = null;
    this.connection.close();
    this.reset();
    this.captions.clear();
    this.phase = 'idle';
    this.on.changed();
    await this.sound.close();
  }

  apply(changes) {
    const before = this.settings;
    this.settings = { ...before, ...changes };
    const now = this.settings;
    this.sound.volume = now.volume;
    this.sound.speed = now.speed;
    this.sound.guard(now.mode === 'free' && !now.muted);
    if (!this.on_) return;
    if (now.muted && !before.muted && now.mode === 'free') this.forget();
    if (now.device !== before.device && this.sound.context) {
      this.sound.listen(now.device).catch(() => this.on.note('This microphone could not be opened: choose another one.'));
    }
    if (now.mode !== before.mode || now.aloud !== before.aloud) this.configure();
    this.on.changed();
  }

  // The simulator talks: the microphone waits.
  wait(waits) {
    if (Boolean(this.waits) === waits) return;
    this.waits = waits;
    if (waits) this.forget();
    this.on.changed();
  }

  // What was said so far is no turn. Without it the server would wait on for the end of a sound that has stopped coming,
  // and would take the next voice, on top of the agent, for more of the same.
  forget() {
    if (this.phase !== 'open') return;
    this.pieces = [];
    if (this.connection.send('input_audio_buffer.clear')) this.clearing++;
    this.hearing = this.doubt = false;
    goOn(this);
  }

  hear(piece) { hear(this, piece); }

  press() { press(this); }

  letGo() { letGo(this); }

  // Silence, and the agent stops: what was heard so far stays.
  interrupt() {
    if (this.response) {
      this.connection.send('response.cancel', { response_id: this.response });
      this.dropped.add(this.response);
      this.response = null;
    }
    this.owed = false;
    this.tools.clear();
    return this.cut();
  }

  // The page has taken something back: silence, and nothing is told of what was heard.
  silence() {
    if (this.response) {
      this.connection.send('response.cancel', { response_id: this.response });
      this.dropped.add(this.response);
      this.response = null;
    }
    this.owed = this.playing = false;
    this.held = '';
    this.sound.flush();
    this.items.clear();
    this.captions.clear();
    this.on.changed();
  }

  write(id, text) {
    this.outbox.push([id, text]);
    this.sendWritten();
  }

  // --- sound -----------------------------------------------------------------------------------------------------------

  follow(played) {
    this.levels.speaker = played.level ?? -90;
    if (played.held === 'voice' && !this.held && this.playing) holdForVoice(this);
    if (played.item && this.items.has(played.item)) {
      this.captions.at(played.item, played.milliseconds);
      if (this.spokenAt && played.played > 0) {
        const sound = performance.now() - played.played / 24;
        this.measures.push(sound - this.spokenAt);
        this.on.took(sound - this.spokenAt);
        this.spokenAt = 0;
      }
    }
    if (played.empty) this.playing = false;
    if (played.empty || played.held) this.on.changed();
    this.leaveIfOver();
  }

  // The call has ended: its last words are heard first.
  leaveIfOver() {
    if (!this.ending || this.playing || this.response) return;
    this.on.ended('', false);
    this.stop();
  }

  // What sounds is cut, and the server is told how much of it was heard.
  async cut() {
    clearTimeout(this.alarm);
    if (!this.playing && !this.held) return;
    this.held = '';
    this.playing = false;
    const order = [...this.order];
    const heard = await this.sound.flush();
    const at = order.indexOf(heard.item);
    if (at < 0 || heard.left <= 0) return;
    this.captions.cut(heard.item);
    for (const item of order.slice(at + 1).reverse()) this.truncate(item, 0);
    this.truncate(heard.item, Math.min(heard.milliseconds, Math.floor(this.items.get(heard.item) || 0)));
    this.order = [];
    this.on.changed();
  }

  truncate(item, milliseconds) {
    if (!this.items.has(item)) return;
    this.connection.send('conversation.item.truncate', { item_id: item, content_index: 0, audio_end_ms: milliseconds });
    this.items.delete(item);
  }

  // --- the session -----------------------------------------------------------------------------------------------------

  connected(state, why) {
    if (!this.on_) return;
    if (state === 'open') {
      const { pieces, pressed } = this;
      const early = this.phase === 'connecting';
      this.reset();
      if (early) Object.assign(this, { pieces, pressed });
      this.phase = 'open';
      this.configure();
      this.sendWritten();
      this.on.opened();
    } else if (state === 'broken') {
      this.phase = 'broken';
    } else {
      this.on.ended(why, state === 'impossible');
      this.stop();
    }
    this.on.changed();
  }

  configure() {
    if (this.phase !== 'open') return;
    const free = this.settings.mode === 'free';
    const format = { type: 'audio/pcm', rate: 24000 };
    this.connection.send('session.update', {
      event_id: 'detection-' + this.detection,
      session: {
        type: 'realtime',
        output_modalities: [this.settings.aloud ? 'audio' : 'text'],
        audio: {
          input: { format, transcription: { model: 'whisper-1' }, turn_detection: free ? DETECTION[this.detection] : null },
          output: { format },
        },
      },
    });
  }

  async sendWritten() {
    while (this.outbox.length && this.phase === 'open') {
      const [id, text] = this.outbox.shift();
      await this.interrupt(); // first, so that what was heard is told before
      const content = [{ type: 'input_text', text }];
      this.connection.send('conversation.item.create', { item: { id: 'item_' + id, type: 'message', role: 'user', content } });
      this.connection.send('response.create');
      this.owed = true;
      this.spokenAt = performance.now();
    }
  }

  take(event) {
    const handler = HANDLERS[event.type];
    if (handler) { handler(this, event); this.on.changed(); }
  }

  failed(error) {
    if (error.event_id === 'detection-' + this.detection && this.detection + 1 < DETECTION.length) {
      this.detection++;
      this.configure();
    } else if (!QUIET.has(error.code)) {
      this.on.note(error.message);
    }
  }

  finish(response) {
    if (this.response === response.id) this.response = null;
    if (response.status === 'cancelled' && !this.dropped.has(response.id)) {
      this.dropped.add(response.id);
      this.cut();
    }
    if (response.status === 'failed') this.on.note(response.status_details?.error?.message || 'The agent failed.');
    this.tools.clear();
    this.leaveIfOver();
  }
}

export { Refused };
