import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MadeUpHub, settled } from './made_up_hub.js';

const D1 = 'device:D1';

/** Handlers that write down what they are told. */
function scribe() {
  const heard = [];
  const of = (what, value) => heard.push([what, value]);
  return {
    heard,
    event: (event, frame) => of('event', frame.at),
    changes: (frame) => of('changes', frame.after),
    signal: (frame) => of('signal', frame.text),
    joined: (frame) => of('joined', frame.after),
    reload: (frame) => of('reload', frame.after),
    refused: (frame) => of('refused', frame.code),
  };
}

/** A connection in one group, which it has joined behind offset 10. */
async function following(hub, told, group = D1) {
  const connection = hub.connection();
  connection.join(group, told);
  connection.connect();
  await hub.takes();
  hub.socket.joined(group, { 'device-events/3': 10 });
  return connection;
}

async function comesBack(hub) {
  await hub.ends(1006);
  await hub.clock.pass(5000);
  await hub.takes();
}

test('groups that are wanted already are joined by the first frame', async () => {
  const hub = new MadeUpHub();
  await following(hub, {});
  assert.deepEqual(hub.socket.sent('connect')[0].join, [{ group: D1 }]);
  assert.equal(hub.socket.sent('join').length, 0);
});

test('a group that is wanted while connecting is joined once connected', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  connection.connect();
  await settled();
  hub.socket.open();
  connection.join('fleet', {});
  assert.equal(hub.socket.sent('join').length, 0);
  await hub.takes();
  assert.deepEqual(hub.socket.sent('join')[0].groups, [{ group: 'fleet' }]);
});

test('many groups are joined by several frames, each below what the hub takes', async () => {
  const hub = new MadeUpHub();
  const connection = hub.connection();
  for (let number = 0; number < 50; number += 1) connection.join(`device:D${number}`, {});
  connection.connect();
  await hub.takes();
  const frames = [hub.socket.sent('connect')[0].join, ...hub.socket.sent('join').map(({ groups }) => groups)];
  assert.deepEqual(frames.map((groups) => groups.length), [20, 20, 10]);
});

test('events of a group are told to it', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  hub.socket.event(D1, 'device-events/3/11');
  hub.socket.event('device:D2', 'device-events/3/12');
  assert.deepEqual(told.heard.slice(1), [['event', 'device-events/3/11']]);
});

test('whoever comes back names the highest offset of each partition', async () => {
  const hub = new MadeUpHub();
  await following(hub, {}, 'campaign:spring');
  hub.socket.event('campaign:spring', 'device-events/3/12');
  hub.socket.event('campaign:spring', 'device-events/5/7');
  await comesBack(hub);
  const [{ group, epoch, after }] = hub.socket.sent('connect')[0].join;
  assert.deepEqual([group, epoch], ['campaign:spring', 'e1']);
  assert.deepEqual(after, { 'device-events/3': 12, 'device-events/5': 7 });
});

test('a partition that was empty is named, too, or what comes there first would be missed', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  connection.join('fleet', {});
  hub.socket.joined('fleet', { 'device-events/3': 10, 'device-events/4': -1 });
  await comesBack(hub);
  const [{ after }] = hub.socket.sent('connect')[0].join;
  assert.deepEqual(after, { 'device-events/3': 10, 'device-events/4': -1 });
});

test('what was missed is told once, and what was told before is not told again', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  hub.socket.event(D1, 'device-events/3/11');
  await comesBack(hub);
  hub.socket.joined(D1, { 'device-events/3': 11 }, true);
  for (const offset of [11, 12, 12, 13]) hub.socket.event(D1, `device-events/3/${offset}`);
  const events = told.heard.filter(([what]) => what === 'event').map(([, at]) => at);
  assert.deepEqual(events, ['device-events/3/11', 'device-events/3/12', 'device-events/3/13']);
});

test('one who missed too much is told to load anew', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  await comesBack(hub);
  hub.socket.joined(D1, { 'device-events/3': 500 }, false);
  assert.deepEqual(told.heard.at(-1), ['reload', { 'device-events/3': 500 }]);
});

test('another log begins at offsets of its own', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  await comesBack(hub);
  hub.socket.joined(D1, { 'device-events/3': 2 }, false, 'e2');
  hub.socket.event(D1, 'device-events/3/3');
  assert.deepEqual(told.heard.at(-1), ['event', 'device-events/3/3']);
});

test('a first join is no reason to load twice', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  assert.deepEqual(told.heard, [['joined', { 'device-events/3': 10 }]]);
});

test('changes that were told are not told again', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told, 'fleet');
  const after = { 'device-events/3': 12 };
  hub.socket.says({ type: 'changes', group: 'fleet', after, counts: {}, devices: {}, clients: {} });
  hub.socket.says({ type: 'changes', group: 'fleet', after, counts: {}, devices: {}, clients: {} });
  assert.deepEqual(told.heard.slice(1), [['changes', after]]);
});

test('a group without right is refused, and the others go on', async () => {
  const hub = new MadeUpHub();
  const [told, other] = [scribe(), scribe()];
  const connection = await following(hub, told);
  connection.join('fleet', other);
  hub.socket.says({ type: 'refused', group: 'fleet', code: 'no_right', detail: '' });
  hub.socket.event(D1, 'device-events/3/11');
  assert.deepEqual(other.heard, [['refused', 'no_right']]);
  assert.equal(told.heard.length, 2);
});

test('a group that two want is joined once, and left by the last', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  const [first, second] = [connection.join(D1, {}), connection.join(D1, {})];
  first();
  first();
  assert.deepEqual([hub.socket.sent('join').length, hub.socket.sent('leave').length], [1, 0]);
  second();
  assert.deepEqual(hub.socket.sent('leave')[0].groups, [D1]);
});

test('whoever comes second to a group begins at the present', async () => {
  const hub = new MadeUpHub();
  const connection = await following(hub, {});
  hub.socket.event(D1, 'device-events/3/11');
  const told = scribe();
  connection.join(D1, told);
  await settled();
  assert.deepEqual(told.heard, [['joined', { 'device-events/3': 11 }]]);
});

test('a group that was left and is wanted again begins anew', async () => {
  const hub = new MadeUpHub();
  const connection = await hub.connected();
  connection.join(D1, {})();
  connection.join(D1, {});
  hub.socket.says({ type: 'left', group: D1 });
  assert.deepEqual(hub.socket.frames.slice(1).map((frame) => frame.type), ['join', 'leave', 'join']);
});

test('a handler that fails stops neither the others nor what follows', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  const connection = await following(hub, { event: () => { throw new Error('mine'); } });
  connection.join(D1, told);
  hub.socket.event(D1, 'device-events/3/11');
  assert.deepEqual(told.heard, [['event', 'device-events/3/11']]);
});

test('an error frame and an unknown one change nothing', async () => {
  const hub = new MadeUpHub();
  const connection = await following(hub, {});
  hub.socket.says({ type: 'error', code: 'unknown_type', detail: '' });
  hub.socket.says({ type: 'news_of_a_later_version', group: D1 });
  assert.equal(connection.state.status, 'connected');
  assert.equal(hub.logged('WebSocket frame refused'), 1);
});

test('what a phone is to be shown is told, and moves no cursor', async () => {
  const hub = new MadeUpHub();
  const told = scribe();
  await following(hub, told);
  const until = '2026-11-23T18:00:20Z';
  hub.socket.says({ type: 'signal', group: D1, pairing: 7, kind: 'qr', text: '2@abc', until });
  hub.socket.says({ type: 'signal', group: 'device:D2', pairing: 8, kind: 'qr', text: 'of another', until });
  assert.deepEqual(told.heard.slice(1), [['signal', '2@abc']]);
  await comesBack(hub);
  assert.deepEqual(hub.socket.sent('connect')[0].join[0].after, { 'device-events/3': 10 });
});
