// One visit's WebSocket to /v1/realtime, opened again when it breaks.
const WAITS = [500, 1000, 2000, 4000, 8000, 8000]; // milliseconds before each further attempt
const PATIENCE = 10000; // milliseconds for the first event
const MOST_WAITING = 4_000_000; // characters that may wait for a slow network: a minute of sound

export class Connection {
  // on.event(event), on.state('open' | 'broken' | 'impossible' | 'closed', why)
  constructor(on) {
    this.on = on;
    this.tries = 0;
    this.socket = null;
    this.wanted = false;
    this.everOpen = false;
  }

  open(key) {
    this.key = key;
    this.wanted = true;
    this.connect();
  }

  connect() {
    const url = new URL('v1/realtime', document.baseURI);
    url.protocol = url.protocol.replace('http', 'ws');
    url.search = url.hash = '';
    let socket;
    try {
      socket = new WebSocket(url, ['realtime', 'tarl-visit.' + this.key]);
    } catch {
      this.on.state('impossible', '');
      return;
    }
    this.socket = socket;
    this.refusal = '';
    const late = setTimeout(() => socket.close(), PATIENCE);
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      const event = JSON.parse(data);
      if (event.type === 'session.created') {
        clearTimeout(late);
        this.everOpen = true;
        this.tries = 0;
        this.on.state('open', '');
      }
      if (event.type === 'error' && event.error.code === 'not_available') this.refusal = event.error.message;
      if (event.type === 'error' && ['idle_timeout', 'session_expired'].includes(event.error.code)) this.refusal = event.error.message;
      this.on.event(event);
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (socket !== this.socket) return;
      this.socket = null;
      if (!this.wanted) return;
      if (this.refusal) this.give('closed', this.refusal);
      else if (!this.everOpen && this.tries >= 1) this.give('impossible', '');
      else if (this.tries >= WAITS.length) this.give('closed', 'The connection is lost.');
      else {
        this.on.state('broken', '');
        this.timer = setTimeout(() => { if (this.wanted) this.connect(); }, WAITS[this.tries++]);
      }
    };
  }

  give(state, why) {
    this.wanted = false;
    this.on.state(state, why);
  }

  get ready() { return this.socket?.readyState === WebSocket.OPEN; }
  get waiting() { return this.socket?.bufferedAmount || 0; }

  // Returns whether it was sent.
  send(type, fields = {}) {
    if (!this.ready || this.waiting > MOST_WAITING) return false;
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }
}
