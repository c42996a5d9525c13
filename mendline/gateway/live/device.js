// @ts-check
/** One device: its state, its latest refresh step by step, and what happens on it, as it happens. */
import { atLeast } from './api.js';
import { clock, element, part, showPill, words } from './showing.js';

const MOST_EVENTS = 200;

/**
 * @typedef {{step: string, at: string, how: 'reached' | 'open' | 'failed'}} Step
 * @typedef {import('./mendline.js').LiveEvent} LiveEvent
 */

/** A refresh as its events tell it. */
export class Refresh {
  number = 0;
  /** @type {Step[]} */
  steps = [];

  /** What an event adds; events of earlier refreshes add nothing. @param {LiveEvent} event */
  take({ type, time, data }) {
    if (type === 'refresh_queued') this.#reach(data.refresh, `waits for its turn: ${words(data.why)}`, time);
    if (type === 'refresh_started') this.#reach(data.refresh, `started: ${words(data.why)}`, time);
    if (type === 'refresh_advanced') this.#reach(data.refresh, words(data.step), time);
    if (type === 'refresh_succeeded') this.#reach(data.refresh, 'succeeded', time);
    if (type === 'refresh_failed') this.#reach(data.refresh, `failed: ${words(data.outcome)}`, time, 'failed');
  }

  /** What the read models know. @param {any} found a RefreshDocument */
  recall(found) {
    if (found.queued_at) this.#reach(found.refresh, `waits for its turn: ${words(found.why)}`, found.queued_at);
    if (found.started_at) this.#reach(found.refresh, `started: ${words(found.why)}`, found.started_at);
    for (const { step, at } of found.steps) this.#reach(found.refresh, words(step), at);
    const failed = found.outcome !== 'succeeded';
    const end = failed ? `failed: ${words(found.outcome ?? '')}` : 'succeeded';
    if (found.ended_at) this.#reach(found.refresh, end, found.ended_at, failed ? 'failed' : 'reached');
  }

  /** @param {number} number @param {string} step @param {string} at @param {Step['how']} [how] */
  #reach(number, step, at, how = 'reached') {
    if (number < this.number) return;
    if (number > this.number) this.steps = [];
    this.number = number;
    if (!this.steps.some((each) => each.step === step)) this.steps.push({ step, at, how });
  }
}

export class Device {
  #refresh = new Refresh();
  #leave = () => {};

  /** @param {import('./api.js').Api} api @param {import('./mendline.js').Connection} connection */
  constructor(api, connection) {
    this.api = api;
    this.connection = connection;
    this.id = '';
  }

  /** Follow this device, and no other one. @param {string} id */
  async watch(id) {
    this.#leave();
    this.id = id;
    this.#refresh = new Refresh();
    part('events').replaceChildren();
    await this.#load({});
    this.#leave = this.connection.join(`device:${id}`, {
      joined: ({ after }) => void this.#load(after),
      event: (event, { at }) => this.#happened(event, at),
      refused: ({ detail }) => (part('device-problem').textContent = detail),
    });
  }

  /** Have its link mended; how that goes is told by its events. */
  async mend() {
    await this.api.post(`devices/${encodeURIComponent(this.id)}/refresh?wait=false`);
  }

  /** @param {import('./mendline.js').Positions} after */
  async #load(after) {
    const [id, path, query] = [this.id, `devices/${encodeURIComponent(this.id)}`, atLeast(after)];
    const [device, refreshes] = await Promise.all([
      this.api.get(path, query), this.api.get(`${path}/refreshes`, { limit: 1, ...query }),
    ]);
    if (id !== this.id) return;
    for (const found of refreshes.items) this.#refresh.recall(found);
    const why = device.reason ? `: ${words(device.reason)}` : '';
    showPill(part('device-state'), device.state, `${words(device.state)}${why}`);
    part('refresh').disabled = device.kind !== 'linked';
    this.#showRefresh();
  }

  /** @param {LiveEvent} event @param {string} at */
  #happened(event, at) {
    this.#refresh.take(event);
    this.#showRefresh();
    part('events').prepend(element('li', {}, clock(event.time), element('span', {}, told(event))));
    part('events').children[MOST_EVENTS]?.remove();
    const cut = at.lastIndexOf('/');
    if (!event.type.startsWith('send_')) void this.#load({ [at.slice(0, cut)]: Number(at.slice(cut + 1)) });
  }

  #showRefresh() {
    const { number, steps } = this.#refresh;
    part('refresh-title').textContent = number ? `Refresh ${number}` : 'Refresh';
    const shown = steps.map((step, index) => line(step, steps[index - 1]));
    if (shown.length > 0) part('steps').replaceChildren(...shown);
    else part('steps').replaceChildren(element('li', { class: 'hint' }, 'It was never refreshed.'));
  }
}

/** @param {Step} step @param {Step | undefined} before */
function line({ step, at, how }, before) {
  const took = before ? ` +${Math.max(0, Date.parse(at) - Date.parse(before.at))} ms` : '';
  const when = element('span', { class: 'took' }, clock(at), took);
  return element('li', { 'data-how': how }, element('span', {}, step), when);
}

/** @param {LiveEvent} event */
function told({ type, data }) {
  const why = data.step ?? data.why ?? data.reason ?? data.outcome;
  const what = data.request_id ? ` ${data.request_id}` : '';
  return `${words(type)}${what}${typeof why === 'string' ? `: ${words(why)}` : ''}`;
}
