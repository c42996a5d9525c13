import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NotAllowedError, verdictOf } from '../mendline.js';
import { MadeUpHub } from './made_up_hub.js';

test('five reconnects follow, five seconds apart, and then none', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(1006);
  const opened = [];
  for (let second = 1; second <= 60; second += 1) {
    const before = hub.sockets.length;
    await hub.clock.pass(1000);
    if (hub.sockets.length > before) {
      opened.push(second);
      await hub.ends(1006);
    }
  }
  assert.deepEqual(opened, [5, 10, 15, 20, 25]);
  assert.equal(connection.state.status, 'ended');
});

test('a connection that gave up resumes when a person wants it', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected({ attempts: 0 });
  await hub.ends(1006);
  connection.resume();
  await hub.takes();
  assert.equal(connection.state.status, 'connected');
});

test('resuming while it waits tries at once', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(1006);
  connection.resume();
  await hub.takes();
  await hub.clock.pass(20_000);
  assert.equal(hub.sockets.length, 2);
});

test('a connection that lasted has all its reconnects again', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected({ attempts: 1 });
  for (let round = 0; round < 3; round += 1) {
    await hub.clock.pass(6000);
    await hub.ends(1006);
    await hub.clock.pass(5000);
    await hub.takes();
  }
  assert.equal(connection.state.status, 'connected');
});

test('a hub that takes in and closes at once does not get more reconnects', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  for (let round = 0; round < 5; round += 1) {
    await hub.ends(1011);
    await hub.clock.pass(5000);
    await hub.takes();
  }
  await hub.ends(1011);
  assert.equal(connection.state.status, 'ended');
});

test('jitter is added to the delay', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected({ jitterMs: 2000 });
  await hub.ends(1006);
  assert.equal(connection.state.retryInMs, 6000);
});

test('the delay is the one that the hub asks for', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(4001, 'going_away', 2.5);
  assert.equal(connection.state.retryInMs, 2500);
});

for (const [code, reason] of [[4201, 'replaced'], [4202, 'disconnected'], [4203, 'protocol']]) {
  test(`nothing follows ${reason}, and connecting again is a matter of resuming`, async () => {
    const hub = new MadeUpHub();
    const connection = await hub.connected();
    await hub.ends(code, reason);
    connection.connect();
    await hub.clock.pass(100_000);
    assert.equal(hub.sockets.length, 1);
    assert.deepEqual(connection.state.ending, { code, reason, verdict: 'never' });
  });
}

test('the reason is known although the socket broke before it was closed', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  hub.socket.says({ type: 'bye', code: 4201, reason: 'replaced', verdict: 'never', after_s: 0 });
  hub.socket.ends(1006);
  assert.equal(connection.state.status, 'ended');
});

test('an expired connection comes back with a new token', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await hub.ends(4101, 'expired');
  await hub.clock.pass(5000);
  await hub.takes();
  assert.equal(hub.socket.sent('connect')[0].token, 't2');
});

test('a connection that was cut comes back with the token it has', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
  assert.equal(hub.socket.sent('connect')[0].token, 't1');
});

test('a hub that cannot be reached is looked up anew', async () => {
  const hub = new MadeUpHub();
  hub.connection().connect();
  await hub.clock.pass(0);
  await hub.ends(1006);
  await hub.clock.pass(5000);
  assert.equal(hub.tokens, 2);
});

test('whoever comes back says which connection it stands in for', async () => {
  const hub = new MadeUpHub();
  await hub.connected();
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
  assert.equal(hub.sockets[0].sent('connect')[0].returns, undefined);
  assert.equal(hub.sockets[1].sent('connect')[0].returns, 'c1');
});

test('whoever resumes stands in for nobody', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.ends(4201, 'replaced');
  connection.resume();
  await hub.takes();
  assert.equal(hub.socket.sent('connect')[0].returns, undefined);
});

test('a token that could not be had counts as a try', async () => {
  const hub = new MadeUpHub();
  const getToken = async () => { throw new Error('the server is away'); };
  const connection = hub.connection({ getToken, attempts: 2 });
  connection.connect();
  await hub.clock.pass(60_000);
  assert.equal(connection.state.status, 'ended');
  assert.equal(connection.state.ending.reason, 'the server is away');
});

test('a token without its end is said to be so', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection({ getToken: async () => ({ token: 't', url: 'ws://hub/' }) });
  connection.connect();
  await hub.clock.pass(0);
  assert.match(connection.state.ending.reason, /expires_at/);
});

test('a user who may not connect is not tried again', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection({ getToken: async () => { throw new NotAllowedError('no such key'); } });
  connection.connect();
  await hub.clock.pass(60_000);
  assert.equal(connection.state.ending.verdict, 'never');
  assert.equal(hub.sockets.length, 0);
});

test('a hub that does not answer in time is left', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  connection.connect();
  await hub.clock.pass(15_000);
  assert.equal(connection.state.status, 'waiting');
  assert.equal(hub.socket.closedWith, 1000);
});

test('a hub that answers no ping is left', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  await hub.clock.pass(45_000);
  assert.equal(hub.socket.sent('ping').length, 1);
  await hub.clock.pass(10_000);
  assert.equal(connection.state.status, 'waiting');
});

test('a hub that answers pings is kept, and told every 45 seconds that the client lives', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  for (let round = 1; round <= 4; round += 1) {
    await hub.clock.pass(45_000);
    hub.socket.says({ type: 'pong' });
    assert.equal(hub.socket.sent('ping').length, round);
  }
  assert.equal(connection.state.status, 'connected');
});

test('the hundreds of a close code say what it means', () => {
  const codes = [1000, 1006, 4001, 4099, 4101, 4199, 4201, 4299, 4300];
  const retry = 'retry';
  assert.deepEqual(codes.map(verdictOf), [retry, retry, retry, retry, 'renew', 'renew', 'never', 'never', retry]);
});
