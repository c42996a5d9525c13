/**
 * A client of the hub that was written from docs/hub.md alone, down to the bytes of RFC 6455: it shows that the page
 * suffices. It follows one group, and prints what it hears, one line each. On stdin: `cut` breaks its connection,
 * `back` makes it come back.
 *
 * node client.mjs API KEY USER GROUP
 */
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [api, key, user, group] = process.argv.slice(2);
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const AFTER_S = 1;

/** What is known of the group, and which connection it was heard on. */
const known = { epoch: undefined, after: undefined, connection: undefined };
let socket = null;
let pinging = null;
let renewing = null;

const say = (...words) => console.log(...words);

async function newToken() {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${api}/api/ws-token`, { method: 'POST', headers, body: JSON.stringify({ user }) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** Opens a WebSocket, and says who it is. */
async function open() {
  const { token, url, expires_in_s } = await newToken();
  const { hostname, port, host, pathname } = new URL(url);
  const nonce = randomBytes(16).toString('base64');
  socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    + `Sec-WebSocket-Key: ${nonce}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  const { epoch, after, connection } = known;
  read(socket, nonce, { type: 'connect', token, join: [{ group, epoch, after }], returns: connection });
  renewing = setInterval(renew, (expires_in_s - 60) * 1000);
}

const renew = async () => tell({ type: 'renew', token: (await newToken()).token });

/** Sends a frame, masked as all that clients send. */
function write(opcode, payload) {
  const mask = randomBytes(4);
  const size = payload.length;
  const length = size < 126 ? [0x80 | size] : [0x80 | 126, size >> 8, size & 255];
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
  socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked]));
}

const tell = (frame) => write(TEXT, Buffer.from(JSON.stringify(frame)));

/** Reads the answer to the upgrade, says hello, and reads frame after frame. */
function read(from, nonce, hello) {
  let bytes = Buffer.alloc(0);
  let upgraded = false;
  let code = 1006;
  from.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    if (!upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      check(bytes.subarray(0, end).toString(), nonce);
      upgraded = true;
      bytes = bytes.subarray(end + 4);
      tell(hello);
    }
    for (let frame = cutFrame(bytes); frame; frame = cutFrame(bytes)) {
      bytes = bytes.subarray(frame.size);
      if (frame.opcode === TEXT) hear(JSON.parse(frame.payload.toString()));
      if (frame.opcode === PING) write(PONG, frame.payload);
      if (frame.opcode === CLOSE) {
        code = frame.payload.length >= 2 ? frame.payload.readUInt16BE() : 1005;
        write(CLOSE, frame.payload);
        from.end();
      }
    }
  });
  from.on('close', () => ended(code));
}

function check(head, nonce) {
  const expected = createHash('sha1').update(`${nonce}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  if (!head.startsWith('HTTP/1.1 101') || !head.includes(expected)) throw new Error(`no WebSocket: ${head}`);
}

/** The first frame of what came; undefined: not all of it is there. */
function cutFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 127;
  const begin = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < begin) return undefined;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < begin + length) return undefined;
  return { opcode: bytes[0] & 15, payload: bytes.subarray(begin, begin + length), size: begin + length };
}

function hear(frame) {
  if (frame.type === 'connected') {
    known.connection = frame.connection;
    pinging = setInterval(() => tell({ type: 'ping' }), frame.ping_every_s * 1000);
    tell({ type: 'ping' });
    say('connected', frame.user);
  } else if (frame.type === 'joined') {
    if (!frame.recovered) known.after = {};
    Object.assign(known, { epoch: frame.epoch, after: { ...frame.after, ...known.after } });
    say('joined', frame.group, frame.recovered);
  } else if (frame.type === 'event') {
    const cut = frame.at.lastIndexOf('/');
    known.after[frame.at.slice(0, cut)] = Number(frame.at.slice(cut + 1));
    say('event', frame.event.type, frame.at);
  } else {
    say(frame.type, frame.code ?? '', frame.reason ?? frame.detail ?? '');
  }
}

/** Does what the hundreds of a close code say. */
function ended(code) {
  clearInterval(pinging);
  clearInterval(renewing);
  socket = null;
  say('closed', code);
  if (Math.floor(code / 100) === 42) process.exit(0);
  if (code !== 1006) setTimeout(open, AFTER_S * 1000);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'cut') socket.destroy();
  if (line === 'back') void open();
});
await open();
