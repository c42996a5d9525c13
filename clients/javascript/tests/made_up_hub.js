/** A hub without a network, and a clock that stands until it is told to go on. */
import { Connection } from '../mendline.js';

export class MadeUpClock {
  #timers = new Map();
  #time = 0;
  #count = 0;

  now = () => this.#time;
  random = () => 0.5;
  cancel = (timer) => void this.#timers.delete(timer);

  after = (then, ms) => {
    this.#timers.set(++this.#count, { at: this.#time + ms, then });
    return this.#count;
  };

  /** Let so much time pass, and whatever is due meanwhile happen in its order. */
  async pass(ms) {
    const end = this.#time + ms;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next[0]);
      this.#time = next[1].at;
      next[1].then();
      await settled();
    }
    this.#time = end;
  }

  #next(end) {
    return [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
  }
}

/** All that is ready to happen has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

class MadeUpSocket {
  readyState = 0;
  frames = [];
  closedWith = null;

  constructor(url) {
    this.url = url;
  }

  send(text) {
    this.frames.push(JSON.parse(text));
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }

  /** The frames of a type that the client has sent. */
  sent(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  says(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  joined(group, after = {}, recovered = null, epoch = 'e1') {
    this.says({ type: 'joined', group, epoch, after, recovered });
  }

  event(group, at, type = 'refresh_started') {
    this.says({ type: 'event', group, at, event: { type, subject: 'D1', time: '', data: {} } });
  }

  ends(code, reason = '') {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** Every socket that a connection opens ends here. */
export class MadeUpHub {
  clock = new MadeUpClock();
  sockets = [];
  tokens = 0;
  said = [];
  lifetime_s = 300;

  constructor() {
    const hub = this;
    this.WebSocket = class extends MadeUpSocket {
      constructor(url) {
        super(url);
        hub.sockets.push(this);
      }
    };
    const say = (words) => this.said.push(words);
    this.logger = { debug: say, info: say, warn: say, error: say };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** How often something was logged. */
  logged(words) {
    return this.said.filter((each) => each === words).length;
  }

  getToken = async () => {
    const expires_at = new Date(this.clock.now() + this.lifetime_s * 1000).toISOString();
    return { token: `t${++this.tokens}`, url: 'ws://hub/', expires_at };
  };

  connection(options = {}) {
    const { getToken, WebSocket, clock, logger } = this;
    return new Connection({ getToken, WebSocket, clock, logger, ...options });
  }

  /** Take the newest socket in. */
  async takes() {
    await settled();
    this.socket.open();
    const connection = `c${this.sockets.length}`;
    const rules = { expires_at: 0, ping_every_s: 45, stale_after_s: 120 };
    this.socket.says({ type: 'connected', connection, user: 'u1', node: 'n1', epoch: 'e1', ...rules });
  }

  /** A connection that is connected. */
  async connected(options) {
    const connection = this.connection(options);
    connection.connect();
    await this.takes();
    return connection;
  }

  /** End the newest socket. */
  async ends(code, reason, after_s = 0) {
    if (code >= 4000) this.socket.says({ type: 'bye', code, reason, after_s });
    this.socket.ends(code, reason);
    await settled();
  }
}
