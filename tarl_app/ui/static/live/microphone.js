// What the microphone hears goes to the server: all the time, or while the button is held (call.js).
import { toBase64 } from './sound.js';

const TOGETHER = 2; // pieces of 20 ms that are sent as one event
const ENDING = 1500; // milliseconds after a voice in which each is sent at once: its turn may be over
const EARLY = 250; // pieces that wait for the connection: 5 s
const LONGEST_HOLD = 60; // seconds of one message that is held to talk
const SHORTEST_HOLD = 400; // milliseconds

export function hear(call, piece) {
  if (piece.lost) {
    call.on.note('The microphone is gone: plug it in again, or choose another one.');
    return;
  }
  call.levels.microphone = piece.level;
  const { mode, muted } = call.settings;
  if (!(mode === 'hold' ? call.pressed : !muted && !call.waits && !call.ending)) return;
  call.pieces.push(piece.pcm);
  if (call.phase !== 'open') {
    if (call.pieces.length > EARLY) call.pieces.shift();
    return;
  }
  if (piece.speaking) call.voiceAt = performance.now();
  send(call, !piece.speaking && performance.now() - call.voiceAt < ENDING ? 1 : TOGETHER);
  if (call.pressed && performance.now() - call.pressedAt > LONGEST_HOLD * 1000) letGo(call);
}

function send(call, fewest) {
  while (call.pieces.length >= fewest && call.pieces.length) {
    const together = call.pieces.splice(0, 25);
    if (call.connection.send('input_audio_buffer.append', { audio: toBase64(together) })) call.sent += 20 * together.length;
  }
}

export function press(call) {
  if (call.pressed || call.waits) return;
  call.interrupt();
  call.forget();
  call.pieces = [];
  call.pressed = true;
  call.pressedAt = performance.now();
  call.on.changed();
}

export function letGo(call) {
  if (!call.pressed) return;
  call.pressed = false;
  if (call.phase !== 'open') {
    call.on.note('The line was not open yet: hold the button again.');
    call.on.changed();
    return;
  }
  send(call, 1);
  const short = performance.now() - call.pressedAt < SHORTEST_HOLD;
  if (short) call.on.note('That was very short. Hold the button while you speak.');
  else call.connection.send('input_audio_buffer.commit');
  if (short || !call.connection.send('response.create')) call.forget();
  else call.owed = true;
  call.spokenAt = performance.now();
  call.on.changed();
}
