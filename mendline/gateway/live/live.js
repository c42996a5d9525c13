// @ts-check
/** The page /live: a key, one connection, and what it tells. */
import { Api } from './api.js';
import { Connections } from './connections.js';
import { Device } from './device.js';
import { Fleet } from './fleet.js';
import { Connection, tokensFrom } from './mendline.js';
import { part, showPill, trying, words } from './showing.js';

const KEY = 'mendline-key';
const USER = 'mendline-user';
const CONNECTIONS_EVERY_MS = 10_000;
const ATTEMPTS = 5;
/** What a person is told who was closed for good. @type {Record<string, string>} */
const WHY = {
  replaced: 'This connection was replaced: the same user opened another one.',
  disconnected: 'This connection was ended by somebody who may do that.',
};

/** @param {import('./mendline.js').State} state */
function showState({ status, connected, ending, attempt, retryInMs }) {
  const [why, times] = [words(ending?.reason || 'cut off'), `${attempt} of ${ATTEMPTS}`];
  showPill(part('status'), status, {
    idle: 'not connected',
    connecting: attempt ? `connecting again (${times})` : 'connecting',
    connected: `connected as ${connected?.user}`,
    waiting: `${why}: again in ${Math.ceil(retryInMs / 1000)} s (${times})`,
    ended: why,
  }[status]);
  part('resume').hidden = status !== 'ended' && status !== 'waiting';
  part('notice').hidden = status !== 'ended';
  if (status === 'ended' && ending) part('notice').textContent = farewell(ending, attempt);
}

/** @param {import('./mendline.js').Ending} ending @param {number} attempt */
function farewell({ reason, verdict }, attempt) {
  if (verdict !== 'never') return `The hub could not be reached, ${attempt} times. What is shown is no longer live.`;
  return `${WHY[reason] ?? `The connection ended: ${reason}.`} What is shown is no longer live.`;
}

/** @param {string} key @param {string} user */
function open(key, user) {
  const api = new Api(key);
  const connection = new Connection({ getToken: tokensFrom({ headers: api.headers }, { user }), attempts: ATTEMPTS });
  const [fleet, device, connections] = [new Fleet(api), new Device(api, connection), new Connections(api)];
  connection.onState(showState);
  connection.onState(({ status }) => void (status === 'connected' && connections.load()));
  connection.join('fleet', fleet.handlers());
  connection.connect();
  part('resume').onclick = () => connection.resume();
  part('reload').onclick = () => connections.load();
  part('refresh').onclick = () => trying('device-problem', () => device.mend());
  part('watch').onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    return trying('device-problem', () => device.watch(part('device').value.trim()));
  };
  setInterval(() => void (connection.state.status === 'connected' && connections.load()), CONNECTIONS_EVERY_MS);
  for (const each of ['own', 'console']) part(each).hidden = false;
  part('enter').hidden = true;
  part('device').focus();
}

part('enter').onsubmit = (/** @type {Event} */ event) => {
  event.preventDefault();
  return trying('enter-problem', async () => {
    const [key, user] = [part('key').value.trim(), part('user').value.trim()];
    await new Api(key).get('devices', { limit: 1 });
    sessionStorage.setItem(KEY, key);
    sessionStorage.setItem(USER, user);
    open(key, user);
  });
};

part('leave').onclick = () => {
  sessionStorage.clear();
  location.reload();
};

const key = sessionStorage.getItem(KEY);
if (key !== null) open(key, sessionStorage.getItem(USER) ?? '');
