import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { JSDOM } from 'jsdom';

import { MadeUpHub } from './made_up_hub.js';

const page = new JSDOM('<main></main>');
Object.assign(globalThis, { window: page.window, document: page.window.document, IS_REACT_ACT_ENVIRONMENT: true });
globalThis.navigator ??= page.window.navigator;

// Only now: React looks for a document when it is loaded.
const { act, createElement, StrictMode, useState } = await import('react');
const { createRoot } = await import('react-dom/client');
const { MendlineProvider, useConnection, useConnectionState, useGroup } = await import('../react.js');

const shown = () => page.window.document.querySelector('main').textContent;
let root;

beforeEach(() => {
  root = createRoot(page.window.document.querySelector('main'));
});

afterEach(() => act(() => root.unmount()));

/** A component inside of a provider, mounted twice as React does while one develops. */
async function mounted(connection, component, properties = {}) {
  const inside = createElement(component, properties);
  const all = createElement(StrictMode, null, createElement(MendlineProvider, { connection }, inside));
  await act(() => root.render(all));
}

function Status() {
  const { status, ending } = useConnectionState();
  return `${status} ${ending?.reason ?? ''}`;
}

function LastEvent({ group }) {
  const [last, setLast] = useState('nothing');
  useGroup(group, { event: (_, { at }) => setLast(at) });
  return last;
}

test('mounting twice opens one socket, which stays', async () => {
  const hub = new MadeUpHub();
  await mounted(hub.connection(), Status);
  await act(() => hub.takes());
  await act(() => hub.clock.pass(5000));
  assert.equal(hub.sockets.length, 1);
  assert.match(shown(), /^connected/);
  assert.equal(hub.logged('Reusing existing WebSocket connection'), 1);
});

test('unmounting closes it', async () => {
  const hub = new MadeUpHub();
  await mounted(hub.connection(), Status);
  await act(() => hub.takes());
  await act(() => root.render(null));
  await hub.clock.pass(500);
  assert.equal(hub.socket.closedWith, 1000);
});

test('a component shows why its connection ended', async () => {
  const hub = new MadeUpHub();
  await mounted(hub.connection(), Status);
  await act(() => hub.takes());
  await act(() => hub.ends(4201, 'replaced'));
  assert.equal(shown(), 'ended replaced');
});

test('a component follows its group, which the first frame joins', async () => {
  const hub = new MadeUpHub();
  await mounted(hub.connection(), LastEvent, { group: 'device:D1' });
  await act(() => hub.takes());
  await act(() => hub.socket.event('device:D1', 'device-events/3/11'));
  assert.equal(shown(), 'device-events/3/11');
  assert.deepEqual(hub.socket.sent('connect')[0].join, [{ group: 'device:D1' }]);
});

test('a component that turns to another group leaves the first', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  await mounted(connection, LastEvent, { group: 'device:D1' });
  await act(() => hub.takes());
  await mounted(connection, LastEvent, { group: 'device:D2' });
  assert.deepEqual(hub.socket.sent('leave')[0].groups, ['device:D1']);
  assert.deepEqual(hub.socket.sent('join')[0].groups, [{ group: 'device:D2' }]);
});

test('a component of no group joins none', async () => {
  const hub = new MadeUpHub();
  await mounted(hub.connection(), LastEvent, { group: null });
  await act(() => hub.takes());
  assert.deepEqual(hub.socket.sent('connect')[0].join, []);
});

test('a component without a provider says what is missing', async () => {
  function Lost() {
    try {
      useConnection();
    } catch (error) {
      return error.message;
    }
    return 'found';
  }
  await act(() => root.render(createElement(Lost)));
  assert.match(shown(), /MendlineProvider/);
});
