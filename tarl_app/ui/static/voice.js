// The ears and the mouth of the page.
// Mouth: props.value = {epoch, pieces: [{id, url, who}], ...}; pieces not heard before are played in order, without gaps.
//        A new epoch silences what is still playing.
// A widget with `element.tarlLive` (live.js) is asked first: there pressing the button opens a live call.
// Ears:  hold the button (or Space), or tap to start and tap to end; the recording is sent as 16 kHz mono WAV.
const button = element.querySelector('.vo-mic');
const label = element.querySelector('.vo-label');
const hint = element.querySelector('.vo-hint');
const meter = element.querySelector('.vo-meter');
const RATE = 16000;
const LONGEST = 60; // seconds
const TAP = 350; // milliseconds: shorter presses toggle instead of hold

// --- mouth -----------------------------------------------------------------------------------------------------------
let context = null;
let output = null;
let analyser = null;
let chain = Promise.resolve();
let epoch = null;
let paused = false;
let until = 0;
let sources = [];
const heard = new Set();

function wake() {
  if (!context) {
    context = new AudioContext();
    output = context.createGain();
    analyser = context.createAnalyser();
    analyser.fftSize = 256;
    output.connect(analyser);
    analyser.connect(context.destination);
    button.tarlVoice = { context, output };
  }
  if (paused !== (context.state === 'suspended')) context[paused ? 'suspend' : 'resume']();
  return context;
}
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, wake, { capture: true });

function silence() {
  for (const source of sources) { try { source.stop(); } catch { /* it has ended by itself */ } }
  sources = [];
  until = 0;
}

async function play(piece, wanted) {
  try {
    const sound = await (await fetch(piece.url)).arrayBuffer();
    const buffer = await wake().decodeAudioData(sound);
    if (wanted !== epoch) return;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(output);
    until = Math.max(until, context.currentTime + 0.02);
    source.start(until);
    sources.push(source);
    const from = (until - context.currentTime) * 1000;
    until += buffer.duration;
    setTimeout(() => { if (wanted === epoch) element.dataset.speaking = piece.who; }, from);
    source.onended = () => {
      sources = sources.filter((one) => one !== source);
      if (!sources.length) delete element.dataset.speaking;
    };
  } catch (error) {
    hint.textContent = 'This sentence could not be played: ' + error.message;
  }
}

function enqueue(pieces) {
  for (const piece of pieces) {
    if (heard.has(piece.id)) continue;
    heard.add(piece.id);
    const wanted = epoch;
    chain = chain.then(() => (wanted === epoch ? play(piece, wanted) : null));
  }
}

window.addEventListener('tarl:replay', (event) => {
  if (!element.offsetParent) return; // on a tab that is not shown: that tab's own mouth plays it
  silence();
  chain = chain.then(() => play({ url: event.detail.url, who: 'replay' }, epoch));
});

// --- ears ------------------------------------------------------------------------------------------------------------
let recorder = null;
let stream = null;
let pressed = 0;
let started = 0;
let ticking = null;
let micLevel = null;
let wanted = false;

function idle() {
  button.setAttribute('aria-pressed', 'false');
  delete element.dataset.recording;
  label.textContent = button.disabled ? button.dataset.off || 'Microphone' : element.dataset.idle || 'Hold to talk';
}

async function start() {
  wanted = true;
  started = performance.now();
  silence();
  wake();
  hint.textContent = '';
  element.dataset.recording = 'true';
  button.setAttribute('aria-pressed', 'true');
  label.textContent = 'Opening the microphone…';
  if (!navigator.mediaDevices || !window.MediaRecorder) return fail('This browser gives no microphone here: open the page on https or localhost, or type.');
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
  } catch (error) {
    return fail(error.name === 'NotAllowedError'
      ? 'The microphone is blocked. Allow it in the address bar, or type.'
      : 'No microphone was found. Type instead, or choose a sound file.');
  }
  if (!wanted) return release(); // let go before the microphone was open
  const chunks = [];
  recorder = new MediaRecorder(stream, { audioBitsPerSecond: 128000 });
  recorder.ondataavailable = (event) => chunks.push(event.data);
  recorder.onstop = () => send(new Blob(chunks, { type: recorder.mimeType }));
  recorder.start();
  started = performance.now();
  const tap = context.createMediaStreamSource(stream);
  micLevel = context.createAnalyser();
  micLevel.fftSize = 256;
  tap.connect(micLevel);
  ticking = setInterval(() => {
    const seconds = (performance.now() - started) / 1000;
    label.textContent = 'Listening… ' + Math.floor(seconds) + ' s';
    if (seconds > LONGEST) stop();
  }, 200);
  label.textContent = 'Listening… 0 s';
}

function release() {
  clearInterval(ticking);
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  micLevel = null;
  idle();
}

function fail(message) {
  wanted = false;
  release();
  hint.textContent = message;
}

function stop() {
  wanted = false;
  if (recorder && recorder.state === 'recording') recorder.stop();
  else if (stream) release();
  else if (!element.dataset.recording) idle();
}

async function send(blob) {
  const seconds = (performance.now() - started) / 1000;
  release();
  recorder = null;
  if (seconds < 0.4) { hint.textContent = 'That was very short. Hold the button while you speak.'; return; }
  label.textContent = 'Sending…';
  try {
    const decoder = new OfflineAudioContext(1, 1, RATE); // decoding resamples to its rate
    const sound = await decoder.decodeAudioData(await blob.arrayBuffer());
    trigger('spoken', { wav: wav(sound), seconds: sound.duration });
  } catch (error) {
    hint.textContent = 'The recording could not be read: ' + error.message;
  }
  idle();
}

function wav(sound) {
  const mixed = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    sound.getChannelData(channel).forEach((sample, index) => { mixed[index] += sample / sound.numberOfChannels; });
  }
  const view = new DataView(new ArrayBuffer(44 + 2 * mixed.length));
  const word = (at, text) => [...text].forEach((one, index) => view.setUint8(at + index, one.charCodeAt(0)));
  word(0, 'RIFF'); view.setUint32(4, 36 + 2 * mixed.length, true); word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  word(36, 'data'); view.setUint32(40, 2 * mixed.length, true);
  mixed.forEach((sample, index) => view.setInt16(44 + 2 * index, Math.max(-1, Math.min(1, sample)) * 32767, true));
  const bytes = new Uint8Array(view.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

function press() {
  if (button.disabled || element.tarlLive?.press()) return;
  if (element.dataset.recording) { pressed = 0; stop(); return; }
  pressed = performance.now();
  start();
}
function letGo() {
  if (element.tarlLive?.letGo()) return;
  if (!pressed || !element.dataset.recording) return;
  if (performance.now() - pressed < TAP) label.textContent = 'Listening… tap again to end';
  else stop();
  pressed = 0;
}
button.addEventListener('pointerdown', (event) => { if (event.button === 0) { button.setPointerCapture(event.pointerId); press(); } });
button.addEventListener('pointerup', letGo);
button.addEventListener('pointercancel', letGo);
button.addEventListener('contextmenu', (event) => event.preventDefault());
button.addEventListener('keydown', (event) => {
  if (event.key !== ' ' && event.key !== 'Enter') return;
  event.preventDefault();
  if (!event.repeat) press();
});
button.addEventListener('keyup', (event) => { if (event.key === ' ' || event.key === 'Enter') { event.preventDefault(); letGo(); } });

// --- one meter for both ------------------------------------------------------------------------------------------------
const levels = new Uint8Array(128);
const RESTING = 200; // milliseconds between two looks while there is nothing to draw: 60 a second keep a core a tenth busy
function draw() {
  if (!element.isConnected) return;
  const source = micLevel || (element.dataset.speaking ? analyser : null);
  if (source) source.getByteFrequencyData(levels);
  const talking = element.tarlLive?.draw();
  [...meter.children].forEach((bar, index) => {
    const level = source ? levels[2 + index * 5] / 255 : 0;
    bar.style.transform = 'scaleY(' + Math.max(0.08, level).toFixed(2) + ')';
  });
  if (source || talking) requestAnimationFrame(draw);
  else setTimeout(draw, RESTING);
}
requestAnimationFrame(draw);

function update() {
  const value = props.value || {};
  if (value.epoch !== epoch) { epoch = value.epoch; silence(); delete element.dataset.speaking; }
  if (paused !== Boolean(value.paused)) { paused = !paused; if (context) wake(); }
  button.dataset.off = value.off || '';
  button.disabled = Boolean(value.off);
  button.title = value.off || 'Hold while you speak, or tap to start and tap to end. Space does the same.';
  if (!element.dataset.recording) idle();
  enqueue(value.pieces || []);
  element.tarlLive?.update(value);
}
watch('value', update);
update();
