import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

import { clientCreation, ProblemError } from '../mendline.js';
import { MadeUpClock } from './made_up_hub.js';

globalThis.crypto ??= webcrypto; // Node 18 has it, but not where browsers do

const ANA = { id: 'c-1', name: 'Ana' };

/** An API that answers when it is told to. */
function slowApi() {
  const clock = new MadeUpClock();
  const asked = [];
  const answers = [];
  const post = (client, key) => {
    asked.push([client, key]);
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  return { clock, asked, answers, createClient: clientCreation({ post, clock }) };
}

test('a double click is one request, and one answer for both', async () => {
  const { clock, asked, answers, createClient } = slowApi();
  const both = [createClient(ANA), createClient({ ...ANA })];
  await clock.pass(300);
  answers[0].resolve('created');
  assert.deepEqual(await Promise.all(both), ['created', 'created']);
  assert.equal(asked.length, 1);
});

test('each click begins the wait anew', async () => {
  const { clock, asked, createClient } = slowApi();
  void createClient(ANA);
  await clock.pass(200);
  void createClient(ANA);
  await clock.pass(299);
  assert.equal(asked.length, 0);
  await clock.pass(1);
  assert.equal(asked.length, 1);
});

test('a request in flight is shared', async () => {
  const { clock, asked, answers, createClient } = slowApi();
  const first = createClient(ANA);
  await clock.pass(300);
  const second = createClient(ANA);
  await clock.pass(1000);
  answers[0].resolve('created');
  assert.deepEqual([await first, await second, asked.length], ['created', 'created', 1]);
});

test('different clients are different requests, with keys of their own', async () => {
  const { clock, asked, createClient } = slowApi();
  void createClient(ANA);
  void createClient({ name: 'Budi' });
  await clock.pass(300);
  assert.equal(asked.length, 2);
  assert.notEqual(asked[0][1], asked[1][1]);
});

test('an error is told to all who shared the request, and the next one asks again', async () => {
  const { clock, asked, answers, createClient } = slowApi();
  const both = [createClient(ANA), createClient(ANA)];
  await clock.pass(300);
  answers[0].reject(new Error('away'));
  for (const each of both) await assert.rejects(each, /away/);
  void createClient(ANA);
  await clock.pass(300);
  assert.equal(asked.length, 2);
});

test('without a function of the page the API is asked', async (context) => {
  const clock = new MadeUpClock();
  const asked = [];
  context.mock.method(globalThis, 'fetch', async (url, { headers, body }) => {
    asked.push([url, headers.Authorization, headers['Idempotency-Key'].length, body]);
    return Response.json({ client: ANA });
  });
  const createClient = clientCreation({ baseUrl: 'http://api', headers: { Authorization: 'Bearer k' }, clock });
  const answer = createClient(ANA);
  await clock.pass(300);
  assert.deepEqual(await answer, { client: ANA });
  assert.deepEqual(asked, [['http://api/api/clients', 'Bearer k', 32, JSON.stringify(ANA)]]);
});

test('what the API says is wrong is told', async (context) => {
  const clock = new MadeUpClock();
  const problem = { code: 'email_taken', detail: 'Another client has this email' };
  context.mock.method(globalThis, 'fetch', async () => Response.json(problem, { status: 409 }));
  const answer = clientCreation({ clock })(ANA);
  const refused = assert.rejects(answer, (error) => error instanceof ProblemError && error.code === 'email_taken');
  await clock.pass(300);
  await refused;
});
