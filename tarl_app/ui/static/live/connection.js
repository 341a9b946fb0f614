// One visit's WebSocket to /v1/realtime, opened again when it breaks. A network can go without a word, and the socket stays
// open then: where nothing is heard, the server is asked for an event.
const WAITS = [500, 1000, 2000, 4000, 8000, 8000]; // milliseconds before each further attempt
const PATIENCE = 10000; // milliseconds for the first event
const QUIET = 8000; // milliseconds without an event after which it is asked,
const USED = 60000; // if something was sent within these,
const DEAD = 12000; // and after which a line without an answer counts as broken
const LOOK = 1000;
const GONE = 'The line is gone: the connection was lost. Type to go on, or press the microphone to call again.';
const MOST_WAITING = 4_000_000; // characters that may wait for a slow network: a minute of sound

export class Connection {
  // on.event(event), on.state('open' | 'broken' | 'impossible' | 'closed', why)
  constructor(on) {
    this.on = on;
    this.tries = 0;
    this.socket = null;
    this.wanted = false;
    this.everOpen = false;
    this.heardAt = this.sentAt = this.askedAt = 0;
    setInterval(() => this.look(), LOOK);
    window.addEventListener('offline', () => { if (this.socket) this.gone(this.socket); });
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
    this.askedAt = 0;
    this.late = setTimeout(() => this.gone(socket), PATIENCE);
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.heardAt = performance.now();
      this.askedAt = 0;
      const event = JSON.parse(data);
      if (event.type === 'session.created') {
        clearTimeout(this.late);
        this.everOpen = true;
        this.tries = 0;
        this.on.state('open', '');
      }
      if (event.type === 'error' && event.error.code === 'not_available') this.refusal = event.error.message;
      if (event.type === 'error' && ['idle_timeout', 'session_expired'].includes(event.error.code)) this.refusal = event.error.message;
      this.on.event(event);
    };
    socket.onclose = () => this.gone(socket);
  }

  // That socket is closed, or as good as closed.
  gone(socket) {
    if (socket !== this.socket) return;
    clearTimeout(this.late);
    this.socket = null;
    socket.close();
    if (!this.wanted) return;
    if (this.refusal) this.give('closed', this.refusal);
    else if (!this.everOpen && this.tries >= 1) this.give('impossible', '');
    else if (this.tries >= WAITS.length) this.give('closed', GONE);
    else {
      this.on.state('broken', '');
      this.timer = setTimeout(() => { if (this.wanted) this.connect(); }, WAITS[this.tries++]);
    }
  }

  look() {
    if (!this.ready) return;
    const now = performance.now();
    if (this.askedAt) {
      if (now - this.askedAt > DEAD) this.gone(this.socket);
    } else if (now - this.heardAt > QUIET && now - this.sentAt < USED) {
      this.askedAt = now;
      this.socket.send(JSON.stringify({ type: 'conversation.item.retrieve', item_id: 'none' })); // any answer will do
    }
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
    this.sentAt = performance.now();
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    clearTimeout(this.late);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }
}
