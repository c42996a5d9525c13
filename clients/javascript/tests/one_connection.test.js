import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../mendline.js';
import { MadeUpHub } from './made_up_hub.js';

test('where there is no WebSocket it is said at once, and what to do', () => {
  const getToken = async () => ({ token: 't', url: 'ws://127.0.0.1:9', expires_at: 0 });
  assert.throws(() => new Connection({ getToken, WebSocket: undefined }), /use Node 22 or newer/);
});

test('connecting is logged', () => {
  const hub = new MadeUpHub();
  hub.connection().connect();
  assert.deepEqual(hub.said, ['WebSocket connect called']);
});

test('connecting while connecting opens one socket', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  connection.connect();
  connection.connect();
  await hub.clock.pass(1000);
  assert.deepEqual([hub.sockets.length, hub.tokens], [1, 1]);
  assert.equal(hub.logged('Reusing existing WebSocket connection'), 1);
});

test('connecting while connected reuses what is there', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  connection.connect();
  await hub.clock.pass(1000);
  assert.equal(hub.sockets.length, 1);
  assert.equal(hub.logged('Reusing existing WebSocket connection'), 1);
});

test('connecting while the next try is waited for does not hurry it', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(1006);
  connection.connect();
  await hub.clock.pass(4900);
  assert.equal(hub.sockets.length, 1);
});

test('a page that mounts twice keeps its connection', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  connection.disconnect();
  await hub.clock.pass(499);
  connection.connect();
  await hub.clock.pass(10_000);
  assert.equal(hub.sockets.length, 1);
  assert.equal(connection.state.status, 'connected');
});

test('a connection that nobody wants back is closed after half a second', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  connection.disconnect();
  await hub.clock.pass(499);
  assert.equal(hub.socket.closedWith, null);
  await hub.clock.pass(1);
  assert.equal(hub.socket.closedWith, 1000);
  assert.equal(connection.state.status, 'idle');
});

test('disconnecting before the token is there opens nothing', async () => {
  const hub = new MadeUpHub();
  let give;
  const connection = hub.connection({ getToken: () => new Promise((resolve) => { give = resolve; }) });
  connection.connect();
  connection.disconnect();
  await hub.clock.pass(500);
  give({ token: 't', url: 'ws://hub/', expires_in_s: 300 });
  await hub.clock.pass(0);
  assert.equal(hub.sockets.length, 0);
});

test('disconnecting while the next try is waited for ends the tries', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(1006);
  connection.disconnect();
  await hub.clock.pass(60_000);
  assert.equal(hub.sockets.length, 1);
});

test('one that was replaced stays so although its page mounts again', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(4201, 'replaced');
  connection.disconnect();
  await hub.clock.pass(1000);
  connection.connect();
  await hub.clock.pass(1000);
  assert.equal(hub.sockets.length, 1);
});

test('a socket that was left says nothing any more', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  const left = hub.socket;
  await hub.clock.pass(55_000);
  await hub.clock.pass(5000);
  await hub.takes();
  left.ends(4201, 'replaced');
  assert.equal(connection.state.status, 'connected');
});

test('each state is told once, as a value of its own', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  const seen = [];
  connection.onState((state) => seen.push(state));
  connection.connect();
  await hub.takes();
  await hub.ends(4201, 'replaced');
  assert.deepEqual(seen.map((state) => state.status), ['connecting', 'connected', 'ended']);
  assert.equal(seen[1].connected.connection, 'c1');
});

test('whoever has heard enough is told nothing', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  const seen = [];
  connection.onState((state) => seen.push(state))();
  connection.connect();
  assert.deepEqual(seen, []);
});

test('a listener that fails stops nobody else', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  const seen = [];
  connection.onState(() => { throw new Error('mine'); });
  connection.onState((state) => seen.push(state.status));
  connection.connect();
  assert.deepEqual(seen, ['connecting']);
  assert.equal(hub.logged('WebSocket handler failed'), 1);
});
