// What the server's events mean for a live call (call.js).
import { goOn, holdForSpeech } from './holding.js';
import { fromBase64 } from './sound.js';

const MOST_ITEMS = 16; // messages of the agent of which it is known how much sound they have

// Races between both sides that mean nothing to a person.
export const QUIET = new Set(['response_cancel_not_active', 'conversation_already_has_active_response', 'item_not_found', 'invalid_value']);
export const HANDLERS = {
  error: (call, { error }) => call.failed(error),
  'tarl.speech_detected': (call) => { // it may be no interruption
    if (call.clearing) return;
    call.doubt = true;
    if (call.playing) holdForSpeech(call);
  },
  'tarl.false_interruption': (call) => goOn(call),
  'input_audio_buffer.cleared': (call) => { call.clearing = Math.max(0, call.clearing - 1); },
  'input_audio_buffer.speech_started': (call) => {
    call.hearing = !call.clearing;
    call.doubt = false;
    call.cut();
  },
  'input_audio_buffer.speech_stopped': (call, { audio_end_ms: end }) => {
    call.hearing = false;
    call.spokenAt = performance.now() - Math.max(0, call.sent - end);
  },
  'input_audio_buffer.committed': (call) => {
    call.owed = true;
  },
  'conversation.item.input_audio_transcription.completed': (call, { transcript }) => call.captions.said(transcript),
  'tarl.joined': (call, { transcript }) => call.captions.said(transcript), // both parts of a turn that was cut off
  'response.created': (call, { response }) => {
    call.response = response.id;
    call.owed = false;
  },
  'response.output_item.added': (call, { item }) => {
    if (item.type !== 'message') return;
    call.items.set(item.id, 0);
    call.order.push(item.id);
    for (const old of call.order.splice(0, Math.max(0, call.order.length - MOST_ITEMS))) call.items.delete(old);
  },
  'response.output_audio.delta': (call, { item_id: item, response_id: response, delta }) => {
    if (call.dropped.has(response) || !call.items.has(item)) return;
    const samples = fromBase64(delta);
    call.items.set(item, call.items.get(item) + samples.length / 24);
    call.playing = true;
    if (call.doubt && !call.held) holdForSpeech(call); // somebody speaks already
    call.sound.play(item, samples);
  },
  'tarl.caption': (call, { item_id: item, text, audio_start_ms: from, audio_end_ms: to }) => call.captions.add(item, text, from, to),
  'tarl.filler': (call, { item_id: item, text }) => call.captions.add(item, text, 0, 1000),
  'tarl.tool': (call, { call_id: id, status }) => (status === 'in_progress' ? call.tools.add(id) : call.tools.delete(id)),
  'response.done': (call, { response }) => call.finish(response),
  'tarl.verifier': (call) => {
    call.ending = true;
    call.hearing = false;
    call.leaveIfOver();
  },
};
