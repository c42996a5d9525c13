// @ts-check
/**
 * Mendline in a browser: live events over one WebSocket, and clients created once.
 *
 * docs/hub.md says what the hub promises; README.md beside this file shows how it is used.
 *
 * @typedef {{token: string, url: string, expires_at: number | string, expires_in_s?: number}} Token
 *   `expires_at` in seconds since 1970, or as RFC 3339 has it; `expires_in_s` wins: it holds under a wrong clock, too
 * @typedef {Record<string, number>} Positions the last offset of each partition: `{"device-events/3": 1234}`
 * @typedef {{type: string, subject: string, time: string, data: Record<string, any>}} LiveEvent
 * @typedef {{group: string, at: string, event: LiveEvent}} EventFrame
 * @typedef {{group: string, after: Positions, counts: Record<string, number>, devices: Record<string, string>,
 *   clients: Record<string, string>}} ChangesFrame
 * @typedef {{group: string, epoch: string, after: Positions, recovered: boolean | null}} JoinedFrame
 * @typedef {{group: string, pairing: number, kind: 'qr' | 'code', text: string, until: string}} SignalFrame
 *   what the phone is to be shown: a QR code's text, or a code to type
 * @typedef {{group: string, code: string, detail: string}} RefusedFrame
 * @typedef {{connection: string, user: string, node: string, expires_at: number, ping_every_s: number,
 *   stale_after_s: number, epoch: string}} ConnectedFrame
 * @typedef {object} Handlers what a group is told; each is optional
 * @property {(event: LiveEvent, frame: EventFrame) => void} [event] something happened
 * @property {(frame: ChangesFrame) => void} [changes] of `fleet`: what happened within a moment, as one
 * @property {(frame: SignalFrame) => void} [signal] of `device:ID` while it is paired, for tokens with `pair`
 * @property {(frame: JoinedFrame) => void} [joined] everything behind `after` follows
 * @property {(frame: JoinedFrame) => void} [reload] too much was missed: load the state anew, then go on
 * @property {(frame: RefusedFrame) => void} [refused] the group is not for this user, or there is none
 * @typedef {'retry' | 'renew' | 'never'} Verdict
 * @typedef {{code: number, reason: string, verdict: Verdict}} Ending why a connection, or a try, ended
 * @typedef {'idle' | 'connecting' | 'connected' | 'waiting' | 'ended'} Status
 *   `waiting`: for the next try; `ended`: nothing more is tried until `resume()`
 * @typedef {object} State a value: it is replaced, never changed
 * @property {Status} status
 * @property {ConnectedFrame | null} connected what the hub said of this connection
 * @property {Ending | null} ending why the last one ended
 * @property {number} attempt which reconnect this is; 0: none was needed
 * @property {number} retryInMs while `waiting`: how long
 * @typedef {Pick<Console, 'debug' | 'info' | 'warn' | 'error'>} Logger
 * @typedef {object} Clock what tests replace
 * @property {() => number} now in milliseconds
 * @property {(then: () => void, ms: number) => any} after
 * @property {(timer: any) => void} cancel
 * @property {() => number} random from 0 up to 1
 * @typedef {object} Options
 * @property {() => Promise<Token>} getToken asks the own server, or Mendline, for a token
 * @property {number} [attempts] reconnects before it gives up (5)
 * @property {number} [delayMs] between them (5000)
 * @property {number} [jitterMs] at most so much is added to each delay, by chance (0)
 * @property {number} [cleanUpMs] how long `disconnect()` waits for a `connect()` that cancels it (500)
 * @property {number} [openMs] how long opening may take (15000)
 * @property {number} [pongMs] how long the hub may take to answer a ping (10000)
 * @property {Logger} [logger] `console` unless given
 * @property {typeof WebSocket} [WebSocket]
 * @property {Clock} [clock]
 * @typedef {Required<Options>} Settings
 * @typedef {Token & {endsAt: number}} Held a token, and when it ends by this machine's clock
 * @typedef {{cursor: Cursor, handlers: Set<Handlers>, frame: JoinedFrame | null}} Joined
 */

const RENEW_BEFORE_MS = 60_000;
const RENEW_EVERY_MS = 30_000;
/** So that a frame stays below the hub's 64 KB, whatever its cursors. */
const MOST_GROUPS_A_FRAME = 20;
const NORMAL = 1000;
const UNREACHABLE = 1006;

/** @type {Clock} */
const REAL_CLOCK = {
  now: () => Date.now(),
  after: (then, ms) => setTimeout(then, ms),
  cancel: (timer) => clearTimeout(timer),
  random: () => Math.random(),
};

/** The own server says that this user may not connect: throw it from `getToken`, and nothing is tried again. */
export class NotAllowedError extends Error {
  name = 'NotAllowedError';
}

/** What a close code means for who was closed: its hundreds say it. @param {number} code @returns {Verdict} */
export function verdictOf(code) {
  if (code >= 4200 && code < 4300) return 'never';
  return code >= 4100 && code < 4200 ? 'renew' : 'retry';
}

/** How far one group has been told: the highest offset of each partition, in one log. */
export class Cursor {
  /** @type {string | undefined} */
  epoch;
  /** @type {Map<string, number>} */
  #offsets = new Map();

  /** Whether an event is new; from then on it is not. @param {string} at `device-events/3/1235` */
  passes(at) {
    const cut = at.lastIndexOf('/');
    return this.#moves(at.slice(0, cut), Number(at.slice(cut + 1)));
  }

  /** Whether anything up to there is new; from then on it is not. @param {Positions} after */
  passesUpTo(after) {
    const moved = Object.entries(after).map(([partition, offset]) => this.#moves(partition, offset));
    return moved.length === 0 || moved.includes(true);
  }

  /** @param {JoinedFrame} joined */
  begin({ epoch, after, recovered }) {
    if (recovered !== true) this.#offsets.clear();
    this.epoch = epoch;
    this.passesUpTo(after);
  }

  /** @returns {Positions} */
  offsets() {
    return Object.fromEntries(this.#offsets);
  }

  /** As `join` takes it; nothing where nothing was told yet. */
  named() {
    return this.epoch === undefined ? {} : { epoch: this.epoch, after: this.offsets() };
  }

  /** @param {string} partition @param {number} offset */
  #moves(partition, offset) {
    const known = this.#offsets.get(partition);
    if (known !== undefined && offset <= known) return false;
    this.#offsets.set(partition, offset);
    return true;
  }
}

/**
 * One socket, from its opening to its end: what belongs to it ends with it, whatever is still under way.
 *
 * @typedef {object} Told
 * @property {(frame: ConnectedFrame) => void} connected
 * @property {(token: Held) => void} renewed
 * @property {(frame: any) => void} frame
 * @property {(ending: Ending, afterMs: number) => void} ended
 */
class Line {
  /** @type {Set<any>} */
  #timers = new Set();
  /** @type {any} */
  #pong = null;
  /** @type {{code: number, reason: string, after_s?: number} | null} */
  #bye = null;
  #over = false;
  #renewedAt;

  /**
   * @param {Settings} settings
   * @param {Held} token
   * @param {object} hello the rest of the first frame
   * @param {Told} told
   */
  constructor(settings, token, hello, told) {
    this.settings = settings;
    this.token = token;
    this.told = told;
    this.#renewedAt = settings.clock.now();
    this.socket = new settings.WebSocket(token.url);
    this.opening = this.#after(settings.openMs, () => this.#end(UNREACHABLE, 'the hub did not answer in time'));
    this.socket.onopen = () => this.send({ type: 'connect', token: token.token, ...hello });
    this.socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    this.socket.onclose = ({ code, reason }) => this.#end(code, reason);
  }

  /** @param {object} frame */
  send(frame) {
    if (!this.#over && this.socket.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  /** End it without a word to anybody but the hub. */
  drop() {
    this.#over = true;
    for (const timer of this.#timers) this.settings.clock.cancel(timer);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close(NORMAL);
  }

  /** @param {number} ms @param {() => void} then */
  #after(ms, then) {
    const timer = this.settings.clock.after(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  /** @param {any} timer */
  #cancel(timer) {
    this.#timers.delete(timer);
    this.settings.clock.cancel(timer);
  }

  /** @param {any} frame */
  #heard(frame) {
    this.#cancel(this.#pong);
    if (frame.type === 'connected') this.#connected(frame);
    else if (frame.type === 'bye') this.#bye = frame;
    else if (frame.type === 'error') this.settings.logger.warn('WebSocket frame refused', frame);
    else this.told.frame(frame);
  }

  /** @param {ConnectedFrame} frame */
  #connected(frame) {
    this.#cancel(this.opening);
    this.#pingEvery(frame.ping_every_s * 1000);
    this.#renewLater();
    this.told.connected(frame);
  }

  /** @param {number} ms */
  #pingEvery(ms) {
    this.#after(ms, () => {
      this.send({ type: 'ping' });
      this.#pong = this.#after(this.settings.pongMs, () => this.#end(UNREACHABLE, 'the hub answers no more'));
      this.#pingEvery(ms);
    });
  }

  #renewLater() {
    const at = Math.max(this.token.endsAt - RENEW_BEFORE_MS, this.#renewedAt + RENEW_EVERY_MS);
    const inMs = Math.max(at - this.settings.clock.now(), 0);
    this.settings.logger.info('Scheduling WebSocket token refresh', { in_ms: inMs });
    this.#after(inMs, () => void this.#renew());
  }

  async #renew() {
    this.#renewedAt = this.settings.clock.now();
    try {
      const token = await this.settings.getToken();
      if (this.#over) return;
      this.token = held(token, this.settings.clock.now());
      this.send({ type: 'renew', token: token.token });
      this.told.renewed(this.token);
    } catch (error) {
      if (this.#over) return;
      this.settings.logger.warn('WebSocket token refresh failed', error);
    }
    this.#renewLater();
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    this.drop();
    const said = this.#bye ?? { code, reason };
    const ending = { code: said.code, reason: said.reason, verdict: verdictOf(said.code) };
    this.told.ended(ending, (this.#bye?.after_s ?? 0) * 1000);
  }
}

/** @param {Token} token @param {number} now when it was given @returns {Held} */
function held(token, now) {
  const { expires_at, expires_in_s } = token;
  const ends = typeof expires_at === 'number' ? expires_at * 1000 : Date.parse(expires_at);
  const endsAt = expires_in_s === undefined ? ends : now + expires_in_s * 1000;
  if (Number.isNaN(endsAt)) throw new TypeError('getToken gave no expires_at: seconds since 1970, or an RFC 3339 time');
  return { ...token, endsAt };
}

/** The one live connection of a user: connects, comes back, and tells each group what happens there, once. */
export class Connection {
  /** @type {Settings} */
  #settings;
  /** @type {State} */
  #state = { status: 'idle', connected: null, ending: null, attempt: 0, retryInMs: 0 };
  /** @type {Set<(state: State) => void>} */
  #listeners = new Set();
  /** @type {Map<string, Joined>} */
  #groups = new Map();
  /** @type {Set<string>} what this line was asked to join */
  #asked = new Set();
  /** @type {Line | null} */
  #line = null;
  /** @type {Held | null} */
  #token = null;
  /** @type {any} */
  #retry = null;
  /** @type {any} */
  #cleanUp = null;
  /** @type {string | undefined} */
  #returns;
  #connectedAt = 0;
  #turn = 0;

  /** @param {Options} options */
  constructor(options) {
    this.#settings = {
      attempts: 5, delayMs: 5000, jitterMs: 0, cleanUpMs: 500, openMs: 15_000, pongMs: 10_000,
      logger: console, WebSocket: globalThis.WebSocket, clock: REAL_CLOCK, ...options,
    };
    if (this.#settings.WebSocket === undefined) {
      throw new TypeError('there is no WebSocket here: use Node 22 or newer, or give one as the option `WebSocket`');
    }
  }

  /** How it stands. */
  get state() {
    return this.#state;
  }

  /**
   * Be told of each new state; returns what ends that.
   * @param {(state: State) => void} listener
   * @returns {() => void}
   */
  onState(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Connect; while one is there or on its way, that one is it. One that ended comes back by `resume()` only. */
  connect() {
    this.#settings.logger.info('WebSocket connect called');
    this.#keep();
    if (this.#state.status === 'idle') void this.#try(0);
    else if (this.#state.status !== 'ended') this.#settings.logger.info('Reusing existing WebSocket connection');
  }

  /** Disconnect, unless a `connect()` follows at once, as where React mounts twice. */
  disconnect() {
    this.#keep();
    if (this.#state.status === 'idle' || this.#state.status === 'ended') return;
    this.#cleanUp = this.#settings.clock.after(() => this.#stop(), this.#settings.cleanUpMs);
  }

  /** Try again now, whatever ended it: a person wants it. */
  resume() {
    this.#keep();
    if (this.#state.status === 'connecting' || this.#state.status === 'connected') return;
    if (this.#state.status === 'ended') this.#returns = undefined;
    this.#token = null;
    void this.#try(0);
  }

  /**
   * Follow a group, over all reconnects; returns what ends that.
   * @param {string} group `device:ID`, `client:ID`, `campaign:NAME`, `fleet`, `user:ID`
   * @param {Handlers} handlers
   * @returns {() => void}
   */
  join(group, handlers) {
    const joined = this.#groups.get(group) ?? { cursor: new Cursor(), handlers: new Set(), frame: null };
    this.#groups.set(group, joined);
    const { frame, cursor } = joined;
    // Whoever comes second begins at the present position, too.
    if (frame) queueMicrotask(() => handlers.joined?.({ ...frame, after: cursor.offsets(), recovered: null }));
    joined.handlers.add(handlers);
    this.#ask();
    return () => this.#leave(group, handlers);
  }

  /** @param {string} group @param {Handlers} handlers */
  #leave(group, handlers) {
    const joined = this.#groups.get(group);
    if (!joined?.handlers.delete(handlers) || joined.handlers.size > 0) return;
    this.#groups.delete(group);
    if (this.#asked.delete(group)) this.#line?.send({ type: 'leave', groups: [group] });
  }

  /** Join whatever this line was not asked for yet. */
  #ask() {
    if (this.#state.status !== 'connected') return;
    for (let groups = this.#unasked(); groups.length > 0; groups = this.#unasked()) {
      this.#line?.send({ type: 'join', groups });
    }
  }

  #unasked() {
    const groups = [...this.#groups].filter(([group]) => !this.#asked.has(group)).slice(0, MOST_GROUPS_A_FRAME);
    for (const [group] of groups) this.#asked.add(group);
    return groups.map(([group, { cursor }]) => ({ group, ...cursor.named() }));
  }

  #keep() {
    this.#settings.clock.cancel(this.#cleanUp);
    this.#cleanUp = null;
  }

  #stop() {
    this.#rest();
    this.#returns = undefined;
    this.#become({ status: 'idle', attempt: 0 });
  }

  /** Nothing that is under way counts any more. */
  #rest() {
    this.#turn += 1;
    this.#settings.clock.cancel(this.#retry);
    this.#line?.drop();
    this.#line = null;
  }

  /** @param {number} attempt */
  async #try(attempt) {
    this.#rest();
    const turn = this.#turn;
    this.#become({ status: 'connecting', attempt });
    try {
      const token = await this.#held();
      if (turn === this.#turn) this.#open(token);
    } catch (error) {
      if (turn === this.#turn) this.#failed(error);
    }
  }

  /** A token that lasts a while: the last one, or a new one. */
  async #held() {
    const { clock, getToken } = this.#settings;
    if (this.#token && this.#token.endsAt - RENEW_BEFORE_MS > clock.now()) return this.#token;
    return held(await getToken(), clock.now());
  }

  /** @param {Held} token */
  #open(token) {
    this.#token = token;
    this.#asked.clear();
    this.#line = new Line(this.#settings, token, { join: this.#unasked(), returns: this.#returns }, {
      connected: (frame) => this.#connected(frame),
      renewed: (renewed) => void (this.#token = renewed),
      frame: (frame) => this.#heard(frame),
      ended: (ending, afterMs) => this.#ended(ending, afterMs),
    });
  }

  /** @param {ConnectedFrame} frame */
  #connected(frame) {
    this.#returns = frame.connection;
    this.#connectedAt = this.#settings.clock.now();
    this.#become({ status: 'connected', connected: frame });
    this.#ask();
  }

  /** @param {any} frame */
  #heard(frame) {
    const joined = this.#groups.get(frame.group);
    if (!joined) return;
    const { cursor } = joined;
    if (frame.type === 'event' && cursor.passes(frame.at)) this.#tell(joined, 'event', frame.event, frame);
    else if (frame.type === 'changes' && cursor.passesUpTo(frame.after)) this.#tell(joined, 'changes', frame);
    else if (frame.type === 'refused' || frame.type === 'signal') this.#tell(joined, frame.type, frame);
    else if (frame.type === 'joined') this.#joined(joined, frame);
  }

  /** @param {Joined} joined @param {JoinedFrame} frame */
  #joined(joined, frame) {
    joined.cursor.begin(frame);
    joined.frame = frame;
    this.#tell(joined, 'joined', frame);
    if (frame.recovered === false) this.#tell(joined, 'reload', frame);
  }

  /** @param {Joined} joined @param {keyof Handlers} what @param {any[]} words */
  #tell({ handlers }, what, ...words) {
    for (const each of [...handlers]) this.#safely(() => /** @type {any} */ (each)[what]?.(...words));
  }

  /** @param {() => void} act of the user's own, whose errors stop nobody else */
  #safely(act) {
    try {
      act();
    } catch (error) {
      this.#settings.logger.error('WebSocket handler failed', error);
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    const verdict = error instanceof NotAllowedError ? 'never' : 'retry';
    this.#ended({ code: UNREACHABLE, reason: error instanceof Error ? error.message : String(error), verdict }, 0);
  }

  /** @param {Ending} ending @param {number} afterMs how long the hub wants it to wait; 0: it did not say */
  #ended(ending, afterMs) {
    const { status, attempt } = this.#state;
    const lasted = status === 'connected' && this.#settings.clock.now() - this.#connectedAt >= this.#settings.delayMs;
    this.#line = null;
    // Where nobody answers, a new token may name a hub that does.
    if (ending.verdict !== 'retry' || status !== 'connected') this.#token = null;
    this.#settings.logger.info('WebSocket closed', ending);
    this.#comeBack(ending, lasted ? 1 : attempt + 1, afterMs);
  }

  /** @param {Ending} ending @param {number} attempt @param {number} afterMs */
  #comeBack(ending, attempt, afterMs) {
    const { attempts, delayMs, jitterMs, clock } = this.#settings;
    if (ending.verdict === 'never' || attempt > attempts) {
      this.#become({ status: 'ended', ending, attempt: attempt - 1 });
      return;
    }
    const retryInMs = (afterMs || delayMs) + Math.round(clock.random() * jitterMs);
    this.#retry = clock.after(() => void this.#try(attempt), retryInMs);
    this.#become({ status: 'waiting', ending, attempt, retryInMs });
  }

  /** @param {Partial<State>} news */
  #become(news) {
    this.#state = { ...this.#state, connected: null, retryInMs: 0, ...news };
    for (const listener of [...this.#listeners]) this.#safely(() => listener(this.#state));
  }
}

/** The API said what is wrong: a stable `code`, and `detail` for a person. */
export class ProblemError extends Error {
  name = 'ProblemError';

  /** @param {number} status @param {{code?: string, detail?: string}} problem */
  constructor(status, { code = 'unknown', detail = `the API answered ${status}` }) {
    super(`${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/**
 * @typedef {{baseUrl?: string, headers?: Record<string, string>}} Place where the API is, and its key
 * @typedef {(client: object, idempotencyKey: string) => Promise<any>} Post
 * @typedef {object} CreationOptions
 * @property {Post} [post] instead of a Place: does the call, over the own server perhaps
 * @property {number} [debounceMs] how long the same asked again counts as one (300)
 * @property {Clock} [clock]
 */

/**
 * `createClient(client)`: the same asked again meanwhile is one request, and one answer for all.
 * @param {Place & CreationOptions} options
 * @returns {(client: object) => Promise<any>}
 */
export function clientCreation({ debounceMs = 300, clock = REAL_CLOCK, ...options }) {
  const post = options.post ?? ((client, key) => posted(options, '/api/clients', client, { 'Idempotency-Key': key }));
  /** @type {Map<string, {answer: Promise<any>, wait: () => void}>} */
  const asked = new Map();
  return function createClient(client) {
    const name = JSON.stringify(client);
    const shared = asked.get(name) ?? debounced(() => post(client, drawnKey()), debounceMs, clock);
    if (!asked.has(name)) void shared.answer.catch(() => {}).then(() => asked.delete(name));
    asked.set(name, shared);
    shared.wait();
    return shared.answer;
  };
}

/**
 * What `getToken` of a connection may be, where the page has an API key of its own.
 * @param {Place} place
 * @param {object} [asked] the body of `POST /api/ws-token`
 * @returns {() => Promise<Token>}
 */
export function tokensFrom(place, asked = {}) {
  return () => posted(place, '/api/ws-token', asked).catch((/** @type {any} */ error) => {
    throw [401, 403].includes(error.status) ? new NotAllowedError(error.message) : error;
  });
}

/** @param {() => Promise<any>} act @param {number} ms @param {Clock} clock */
function debounced(act, ms, clock) {
  /** @type {any} */
  let timer = null;
  let begun = false;
  /** @type {() => void} */
  let begin = () => {};
  const quiet = new Promise((resolve) => (begin = () => resolve((begun = true))));
  const wait = () => {
    clock.cancel(timer);
    if (!begun) timer = clock.after(begin, ms);
  };
  return { answer: quiet.then(act), wait };
}

/** @param {Place} place @param {string} path @param {object} body @param {Record<string, string>} [more] */
async function posted({ baseUrl = '', headers }, path, body, more) {
  const told = { 'Content-Type': 'application/json', ...headers, ...more };
  const answer = await fetch(baseUrl + path, { method: 'POST', headers: told, body: JSON.stringify(body) });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ProblemError(answer.status, document);
  return document;
}

/** Not by randomUUID, which a page without TLS does not have. */
function drawnKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
