// @ts-check
/** Who is connected, and since when; one can be disconnected. */
import { element, part, showPill, trying, words } from './showing.js';

const PROBLEM = 'connections-problem';
const SHOWN_OF_NODE = 8;

export class Connections {
  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.api = api;
  }

  /** Read and show them; problems are shown. */
  load() {
    return trying(PROBLEM, async () => {
      const { items } = await this.api.get('connections', { limit: 100 });
      const rows = items.map((/** @type {any} */ found) => this.#row(found));
      const nobody = element('td', { colspan: '6', class: 'hint' }, 'Nobody is connected.');
      part('connections').replaceChildren(...(rows.length > 0 ? rows : [element('tr', {}, nobody)]));
    });
  }

  /** @param {any} found */
  #row(found) {
    const state = element('span', { class: 'pill' });
    showPill(state, found.ended_at ? 'ended' : 'connected', found.ended_at ? words(found.why ?? 'ended') : 'live');
    const since = element('time', { datetime: found.since }, new Date(found.since).toLocaleString());
    const groups = element('td', { class: 'groups' }, (found.groups ?? []).join(', ') || '–');
    const button = found.ended_at ? '' : this.#button(found.user);
    const node = element('span', { title: found.node }, found.node.slice(0, SHOWN_OF_NODE));
    const cells = [state, node, since].map((each) => element('td', {}, each));
    return element('tr', {}, element('th', { scope: 'row' }, found.user), ...cells, groups, element('td', {}, button));
  }

  /** @param {string} user */
  #button(user) {
    const button = element('button', { type: 'button', class: 'quiet' }, 'Disconnect');
    button.setAttribute('aria-label', `Disconnect ${user}`);
    button.onclick = () => this.#disconnect(user);
    return button;
  }

  /** @param {string} user */
  async #disconnect(user) {
    await trying(PROBLEM, async () => {
      await this.api.post(`connections/${encodeURIComponent(user)}/disconnect`);
    });
    await this.load();
  }
}
