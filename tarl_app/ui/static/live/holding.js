// The agent's voice is held while nobody knows yet whether somebody interrupts (call.js).
const FALSE_ALARM = 700; // milliseconds in which the server has to hear speech where the page heard a voice
const LONGEST_ALARM = 2500; // and for as long as the voice goes on, which a slow server may hear late, up to this
const UNDECIDED = 6000; // milliseconds after which an answer goes on where nobody says whether it was interrupted

// why: 'voice' (the page has heard one) or 'speech' (the server has)
function hold(call, why) {
  clearTimeout(call.alarm);
  if (!call.held) call.heldAt = performance.now();
  call.held = why;
  call.sound.hold();
  call.on.changed();
}

export function holdForVoice(call) {
  if (call.doubt) return holdForSpeech(call); // the server has heard it already
  hold(call, 'voice');
  call.alarm = setTimeout(() => mayGoOn(call), FALSE_ALARM);
  return undefined;
}

export function holdForSpeech(call) {
  hold(call, 'speech');
  call.alarm = setTimeout(() => goOn(call), UNDECIDED);
}

// The server has heard nobody so far.
function mayGoOn(call) {
  const now = performance.now();
  if (call.held !== 'voice') return;
  if (now - call.voiceAt < 300 && now - call.heldAt < LONGEST_ALARM) {
    call.alarm = setTimeout(() => mayGoOn(call), 200);
  } else {
    call.sound.deafer();
    goOn(call);
  }
}

// It was no interruption.
export function goOn(call) {
  clearTimeout(call.alarm);
  call.doubt = false;
  if (!call.held) return;
  call.held = '';
  call.sound.resume();
  call.on.changed();
}
