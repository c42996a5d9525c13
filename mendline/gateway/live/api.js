// @ts-check
/** Mendline's API, asked with the key of the person who opened the page. */
import { ProblemError } from './mendline.js';

export class Api {
  /** @param {string} key */
  constructor(key) {
    /** @type {Record<string, string>} */
    this.headers = { Authorization: `Bearer ${key}` };
  }

  /** @param {string} path @param {Record<string, string | number>} [query] */
  get(path, query = {}) {
    const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.#asked(`/api/${path}?${asked}`, { headers: this.headers });
  }

  /** @param {string} path @param {object} [body] */
  post(path, body) {
    const headers = body ? { ...this.headers, 'Content-Type': 'application/json' } : this.headers;
    return this.#asked(`/api/${path}`, { method: 'POST', headers, body: body && JSON.stringify(body) });
  }

  /** Every item of a list, page by page. @param {string} path @param {Record<string, string | number>} [query] */
  async *items(path, query = {}) {
    let page = await this.get(path, query);
    yield* page.items;
    while (page.next) {
      page = await this.get(path, { ...query, cursor: page.next });
      yield* page.items;
    }
  }

  /** @param {string} path @param {RequestInit} options */
  async #asked(path, options) {
    const answer = await fetch(path, options);
    const document = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ProblemError(answer.status, document);
    return document;
  }
}

/**
 * Positions as `at_least` takes them: of devices, whose read models are asked.
 * @param {import('./mendline.js').Positions} after
 * @returns {Record<string, string>}
 */
export function atLeast(after) {
  const held = (/** @type {[string, number]} */ [partition, offset]) => partition.startsWith('device-events/') && offset >= 0;
  const of = Object.entries(after).filter(held);
  return of.length ? { at_least: of.map((position) => position.join('/')).join(',') } : {};
}
