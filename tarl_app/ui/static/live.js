// The big microphone of the Talk tab: a live call over a WebSocket (live/call.js), in the scope of voice.js, whose
// recording stays for networks that let no WebSocket through. props.value has beside that of voice.js:
// {call, key, open, aloud, wait, say: [[id, text]]}: the call, the visit's key, whether the call can go on, whether its
// answers are spoken, whether the simulator talks now, and typed messages to be sent.
const MOODS = {
  idle: 'Press the microphone and talk', opening: 'Opening the microphone…', connecting: 'Connecting…',
  broken: 'The connection broke: trying again…', waiting: 'The simulator talks: press to take over', muted: 'Muted',
  hearing: 'Hearing you…', speaking: 'Speaking', looking: 'Looking something up…', thinking: 'Thinking…',
  listening: 'Listening: talk any time', ready: 'Hold the microphone, or Space, while you talk',
};
const KEPT = 'tarl-live';
const find = (name) => element.querySelector('.lv-' + name);
const controls = Object.fromEntries(['mute', 'stop', 'mode', 'device', 'volume', 'speed', 'leave'].map((name) => [name, find(name)]));
const settings = { mode: 'free', device: '', volume: 1, speed: 1 };
try { Object.assign(settings, JSON.parse(localStorage.getItem(KEPT) || '{}')); } catch { /* a private window, or not ours */ }
const written = new Set();
let call = null;
let given = {};
let down = false;
let possible = Boolean(window.WebSocket && window.AudioWorkletNode);

const BLOCKED = /firefox/i.test(navigator.userAgent)
  ? 'Click the crossed-out microphone left of the address, remove the block, and press again.'
  : /^((?!chrome|chromium|android).)*safari/i.test(navigator.userAgent)
    ? 'Open Safari’s settings for this website (AA left of the address), set Microphone to Allow, and press again.'
    : 'Click the icon left of the address, set Microphone to Allow, and press again.';

function why(error) {
  if (error.name === 'NotAllowedError') return 'The microphone is blocked for this page. ' + BLOCKED + ' You can type meanwhile.';
  if (error.name === 'NotFoundError' || error.name === 'OverconstrainedError') return 'No microphone was found: plug one in and press again, or type.';
  if (error.name === 'NotReadableError') return 'The microphone is used by another program: close that and press again, or type.';
  return (error.message || String(error)) + ' You can type meanwhile.';
}

async function make() {
  const { Call } = await import(new URL(element.querySelector('[data-live]').dataset.live, document.baseURI));
  call = new Call({
    changed: show,
    words(said, coming, who) {
      find('said').textContent = said + (said && coming ? ' ' : '');
      find('coming').textContent = coming;
      find('caption').dataset.who = who;
    },
    opened() { trigger('called', {}); devices(); },
    note(text) { hint.textContent = text; },
    ended(reason, impossible) {
      if (impossible) giveUp();
      else hint.textContent = reason;
    },
    took(milliseconds) { find('took').textContent = 'heard after ' + (milliseconds / 1000).toFixed(1) + ' s'; },
  });
  call.settings = { ...call.settings, ...settings, aloud: given.aloud !== false };
  element.tarlCall = call;
}

// No WebSocket gets through: a recording is sent as a whole, as voice.js does it.
function giveUp() {
  possible = false;
  delete element.dataset.idle;
  hint.textContent = 'This network lets no live call through: hold the button while you speak instead.';
  show();
}

async function begin() {
  hint.textContent = '';
  silence();
  trigger('called', {});
  try {
    if (!call) await make();
    if (call.settings.muted) call.apply({ muted: false });
    await call.start(given.open && given.call ? { id: given.call, key: given.key } : null);
  } catch (error) {
    hint.textContent = why(error);
  }
  show();
}

async function devices() {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === 'audioinput');
  controls.device.replaceChildren(...found.map((one, index) => new Option(one.label || 'Microphone ' + (index + 1), one.deviceId)));
  if (found.some((one) => one.deviceId === settings.device)) controls.device.value = settings.device;
}

function set(changes) {
  Object.assign(settings, changes);
  try { localStorage.setItem(KEPT, JSON.stringify({ ...settings, muted: undefined })); } catch { /* not kept then */ }
  call?.apply(changes);
  show();
}

let shown = '';
function show() {
  if (!possible) { element.dataset.mood = ''; return; }
  const mood = call?.mood || 'idle';
  const live = Boolean(call?.live);
  const muted = Boolean(call?.settings.muted);
  button.disabled = !live && Boolean(given.off) && !given.wait;
  const now = [mood, live, muted, settings.mode, button.disabled, button.dataset.off].join();
  if (now === shown) return;
  shown = now;
  element.dataset.mood = mood;
  element.dataset.live = live;
  element.dataset.idle = MOODS.idle;
  label.textContent = button.disabled ? button.dataset.off : MOODS[mood];
  button.setAttribute('aria-pressed', String(live));
  const hold = live && settings.mode === 'hold';
  button.setAttribute('aria-label', hold ? 'Hold while you talk' : live ? 'End the live call' : 'Talk to the agent');
  button.title = hold ? 'Hold while you talk. Space does the same.' : live ? 'End the live call' : 'Talk to the agent; interrupt it as you like';
  controls.mute.disabled = !live || settings.mode === 'hold';
  controls.mute.setAttribute('aria-pressed', String(muted));
  controls.stop.disabled = !live || !['speaking', 'thinking', 'looking'].includes(mood);
  controls.leave.hidden = !live;
  for (const radio of controls.mode.querySelectorAll('input')) radio.checked = radio.value === settings.mode;
}

// --- hands -----------------------------------------------------------------------------------------------------------
const typing = (event) => event.target.closest?.('input, textarea, select, button, summary, a, [contenteditable], [role="listbox"]');
document.addEventListener('keydown', (event) => {
  if (!element.isConnected || !element.offsetParent) return;
  if (event.key === 'Escape' && find('more').open) {
    find('more').open = false;
    find('more').querySelector('summary').focus();
  } else if (event.key === 'Escape' && call?.live) {
    call.interrupt();
  } else if (event.key === ' ' && call?.live && settings.mode === 'hold' && !typing(event)) {
    event.preventDefault();
    if (!event.repeat) call.press();
  }
});
document.addEventListener('keyup', (event) => {
  if (event.key === ' ' && element.isConnected && call?.live && !typing(event)) call.letGo();
});
document.addEventListener('pointerdown', (event) => { if (!find('more').contains(event.target)) find('more').open = false; });
// While the line is open, what is typed goes over it at once: Gradio's own way to the app takes longer than the answer.
const text = () => document.querySelector('#tarl-text textarea');
function sendTyped(event) {
  const box = text();
  const typed = box?.value.trim();
  if (!typed || typed.length > 10_000 || !call?.live || call.phase !== 'open' || given.wait || !given.open) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  call.write(crypto.getRandomValues(new Uint32Array(3)).join(''), typed);
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, '');
  box.dispatchEvent(new Event('input', { bubbles: true }));
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.target === text()) sendTyped(event);
}, { capture: true });
document.addEventListener('click', (event) => { if (event.target.closest?.('#tarl-send')) sendTyped(event); }, { capture: true });
window.addEventListener('blur', () => call?.letGo());
controls.mute.addEventListener('click', () => call?.apply({ muted: !call.settings.muted }));
controls.stop.addEventListener('click', () => call?.interrupt());
controls.leave.addEventListener('click', () => call?.stop());
controls.mode.addEventListener('change', (event) => set({ mode: event.target.value }));
controls.device.addEventListener('change', () => set({ device: controls.device.value }));
controls.volume.addEventListener('input', () => set({ volume: Number(controls.volume.value) }));
controls.speed.addEventListener('change', () => set({ speed: Number(controls.speed.value) }));
controls.volume.value = settings.volume;
controls.speed.value = String(settings.speed);
navigator.mediaDevices?.addEventListener?.('devicechange', () => { if (call?.live) devices(); });

element.tarlLive = {
  // Each returns whether it was for a live call.
  press() {
    if (!possible) return false;
    down = true;
    if (call?.live && settings.mode === 'hold') call.press();
    return true;
  },
  letGo() {
    if (!possible) return false;
    if (!down) return true;
    down = false;
    if (call?.live && settings.mode === 'hold') call.letGo();
    else if (call?.live && given.wait) trigger('called', {});
    else if (call?.live) call.stop();
    else begin();
    return true;
  },
  update(value) {
    const before = given;
    given = value;
    if (!call?.live) {
      for (const [id] of value.say || []) written.add(id);
    } else if (call.line && !value.open && call.line.key !== value.key) { // the app has let that visit's calls go
      call.stop();
      hint.textContent = 'The line is gone: this page had lost its connection to the app.';
    } else {
      if (before.epoch !== undefined && before.epoch !== value.epoch && before.call === value.call) {
        if (call.response) call.interrupt(); // Stop: what was heard stays
        else call.silence(); // a turn was taken back
      }
      if (value.open && value.call) call.dial({ id: value.call, key: value.key });
      for (const [id, text] of value.say || []) if (!written.has(id)) { written.add(id); call.write(id, text); }
      call.wait(Boolean(value.wait));
      if (call.settings.aloud !== (value.aloud !== false)) call.apply({ aloud: value.aloud !== false });
    }
    show();
  },
  draw() {
    const level = call?.live ? Math.max(call.mood === 'speaking' ? call.levels.speaker : call.levels.microphone, -60) : -60;
    button.style.setProperty('--level', ((level + 60) / 60).toFixed(2));
    return Boolean(call?.live); // more is to be drawn
  },
};
if (!possible) giveUp();
else element.dataset.idle = MOODS.idle;
update();
