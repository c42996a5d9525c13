import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NotAllowedError, ProblemError, tokensFrom } from '../mendline.js';
import { MadeUpHub, settled } from './made_up_hub.js';

/** Keeps the hub answering while time passes. */
async function alive(hub, ms) {
  for (let passed = 0; passed < ms; passed += 5000) {
    await hub.clock.pass(5000);
    hub.socket.says({ type: 'pong' });
  }
}

test('a token is renewed a minute before its end, on the same connection', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await alive(hub, 235_000);
  assert.equal(hub.socket.sent('renew').length, 0);
  await alive(hub, 5000);
  assert.deepEqual(hub.socket.sent('renew'), [{ type: 'renew', token: 't2' }]);
  assert.equal(hub.sockets.length, 1);
});

test('each renewal is followed by the next, and each is logged when it is scheduled', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await alive(hub, 480_000);
  assert.equal(hub.socket.sent('renew').length, 2);
  assert.equal(hub.logged('Scheduling WebSocket token refresh'), 3);
});

test('tokens that end at once are renewed every 30 seconds and no more often', async () => {
  const hub = new MadeUpHub();
  hub.lifetime_s = 1;
  await hub.connected();
  await alive(hub, 90_000);
  assert.equal(hub.socket.sent('renew').length, 3);
});

test('a renewal that fails is tried again half a minute later', async () => {
  const hub = new MadeUpHub();
  let away = false;
  const getToken = async () => { if (away) throw new Error('away'); return hub.getToken(); };
  const connection = await hub.connected({ getToken });
  away = true;
  await alive(hub, 245_000);
  away = false;
  await alive(hub, 30_000);
  assert.equal(hub.socket.sent('renew').length, 1);
  assert.equal(connection.state.status, 'connected');
});

test('a renewal that ends after a reconnect does not touch the new connection', async () => {
  const hub = new MadeUpHub();
  let late;
  const getToken = () => (hub.tokens === 1 && !late ? new Promise((resolve) => { late = resolve; }) : hub.getToken());
  await hub.connected({ getToken });
  await alive(hub, 240_000);
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
  late({ token: 'late', url: 'ws://elsewhere/', expires_in_s: 300 });
  await settled();
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
  assert.deepEqual(hub.sockets.flatMap((socket) => socket.sent('renew')), []);
  assert.deepEqual(hub.sockets.map((socket) => socket.sent('connect')[0].token), ['t1', 't2', 't2']);
});

test('a renewal of a connection that ended is not scheduled again', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await hub.ends(4201, 'replaced');
  await hub.clock.pass(1_000_000);
  assert.equal(hub.tokens, 1);
});

test('a reconnect takes the renewed token', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await alive(hub, 240_000);
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
  assert.equal(hub.socket.sent('connect')[0].token, 't2');
});

test('a lifetime in seconds is right on a machine whose clock is wrong', async () => {
  const hub = new MadeUpHub();
  const token = { token: 't', url: 'ws://hub/', expires_at: '2001-01-01T00:00:00Z', expires_in_s: 300 };
  await hub.connected({ getToken: async () => token });
  await alive(hub, 235_000);
  assert.equal(hub.socket.sent('renew').length, 0);
  await alive(hub, 5000);
  assert.equal(hub.socket.sent('renew').length, 1);
});

test('an end in seconds since 1970 is one, too', async () => {
  const hub = new MadeUpHub();
  await hub.connected({ getToken: async () => ({ token: 't', url: 'ws://hub/', expires_at: 300 }) });
  await alive(hub, 235_000);
  assert.equal(hub.socket.sent('renew').length, 0);
  await alive(hub, 5000);
  assert.equal(hub.socket.sent('renew').length, 1);
});

test('a token is asked for with the key of the page', async (context) => {
  const asked = [];
  context.mock.method(globalThis, 'fetch', async (url, options) => {
    asked.push([url, options.method, options.headers.Authorization]);
    return Response.json({ token: 't' });
  });
  const token = await tokensFrom({ baseUrl: 'http://api', headers: { Authorization: 'Bearer k' } })();
  assert.deepEqual(token, { token: 't' });
  assert.deepEqual(asked, [['http://api/api/ws-token', 'POST', 'Bearer k']]);
});

test('a key without the right ends the tries, an API that is away does not', async (context) => {
  let status = 403;
  context.mock.method(globalThis, 'fetch', async () => Response.json({ code: 'x', detail: 'no' }, { status }));
  await assert.rejects(tokensFrom({})(), NotAllowedError);
  status = 503;
  await assert.rejects(tokensFrom({})(), ProblemError);
});
