// @ts-check
/** How many devices are in which state: read once, then kept by what the hub tells of the fleet. */
import { atLeast } from './api.js';
import { element, part, words } from './showing.js';

const STATES = ['connected', 'ready', 'refreshing', 'registered', 'disconnected', 'parked'];
/** Which state an event leaves for certain; after any other the device is asked for. @type {Record<string, string>} */
const LEAVES = { device_connected: 'connected', refresh_started: 'refreshing', device_removed: 'removed' };
const LOOK_EVERY_MS = 500;
const MOST_LOOKED_UP = 20;
const MOST_OFFERED = 200;

export class Fleet {
  /** @type {Map<string, string>} */
  #states = new Map();
  /** @type {Map<string, number>} */
  #counts = new Map();
  /** @type {Set<string>} */
  #doubtful = new Set();
  /** @type {import('./mendline.js').Positions} */
  #after = {};
  #looking = false;

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.api = api;
  }

  /** What the group `fleet` is told. @returns {import('./mendline.js').Handlers} */
  handlers() {
    return {
      joined: ({ after, recovered }) => void (recovered === null && this.load(after)),
      reload: ({ after }) => void this.load(after),
      changes: (frame) => this.#changed(frame),
    };
  }

  /** Read the whole fleet, at least as it was there. @param {import('./mendline.js').Positions} after */
  async load(after) {
    const found = new Map();
    const query = { limit: 1000, ...atLeast(after) };
    for await (const device of this.api.items('devices', query)) found.set(device.device_id, device.state);
    this.#states = found;
    this.#show();
  }

  /** @param {import('./mendline.js').ChangesFrame} frame */
  #changed({ after, counts, devices }) {
    Object.assign(this.#after, after);
    for (const [type, count] of Object.entries(counts)) this.#counts.set(type, (this.#counts.get(type) ?? 0) + count);
    for (const [id, type] of Object.entries(devices)) this.#turn(id, LEAVES[type]);
    this.#show();
    if (this.#doubtful.size > 0 && !this.#looking) void this.#look();
  }

  /** @param {string} id @param {string | undefined} state */
  #turn(id, state) {
    if (state === undefined) this.#doubtful.add(id);
    else if (state === 'removed') this.#states.delete(id);
    else this.#states.set(id, state);
  }

  /** Ask for those of which an event does not say all: one by one, or the whole fleet where they are many. */
  async #look() {
    this.#looking = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const ids = [...this.#doubtful];
    this.#doubtful.clear();
    await (ids.length > MOST_LOOKED_UP ? this.load(this.#after) : this.#lookUp(ids)).catch(console.warn);
    this.#looking = false;
    if (this.#doubtful.size > 0) void this.#look();
  }

  /** @param {string[]} ids */
  async #lookUp(ids) {
    const paths = ids.map((id) => `devices/${encodeURIComponent(id)}`);
    const found = await Promise.all(paths.map((path) => this.api.get(path, atLeast(this.#after))));
    for (const { device_id, state } of found) this.#turn(device_id, state);
    this.#show();
  }

  #show() {
    const numbers = new Map(STATES.map((state) => [state, 0]));
    for (const state of this.#states.values()) numbers.set(state, (numbers.get(state) ?? 0) + 1);
    part('fleet').replaceChildren(...[...numbers].map(([state, number]) => tile(state, number)));
    part('fleet-total').textContent = `${this.#states.size} devices`;
    const offered = [...this.#states.keys()].slice(0, MOST_OFFERED);
    part('devices').replaceChildren(...offered.map((id) => element('option', { value: id })));
    if (this.#counts.size > 0) part('counts').replaceChildren(...[...this.#counts].sort(byMost).map(count));
  }
}

/** @param {string} state @param {number} number */
function tile(state, number) {
  /** @type {Record<string, string>} */
  const attributes = { 'data-state': state };
  if (number === 0) attributes['data-none'] = '';
  return element('div', attributes, element('dt', {}, words(state)), element('dd', {}, String(number)));
}

/** @param {[string, number]} counted */
const count = ([type, number]) => element('li', {}, element('b', {}, String(number)), ` ${words(type)}`);

/** @param {[string, number]} one @param {[string, number]} other */
const byMost = (one, other) => other[1] - one[1];
