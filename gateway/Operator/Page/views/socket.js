// One socket in detail: whose it is, where it goes, what has passed, and how it ended.

import { closeSockets, get } from '../api.js';
import { closeFields, confirm, orderOf } from '../confirm.js';
import { badge, definitions, make, setText } from '../dom.js';
import { amount, bytes, count, day, duration, milliseconds } from '../format.js';

/** What the codes mean; RFC 6455, section 7.4.1, and the room server's own. */
const CODES = {
  1000: 'done', 1001: 'going away', 1002: 'protocol error', 1003: 'unsupported data', 1005: 'no code given', 1007: 'invalid data', 1008: 'policy', 1009: 'message too big',
  1010: 'extension missing', 1011: 'server error', 1012: 'come back', 1013: 'come back later', 1014: 'bad server', 4001: 'too slow', 4002: 'replaced', 4003: 'login expired', 4004: 'login revoked',
};

const CUTS = {
  ClientDead: 'the client was not there any more', CloseUnanswered: 'a close frame was not answered in time', BackendLostInFrame: 'the backend went away inside of a frame',
  ShutdownOver: 'it was not over when the gateway had to stop', Tunnel: 'a tunnel has no close frame', Reset: 'one end was reset', Failure: 'something failed in the gateway',
};

/** How it ended, in words: "1012 come back, by gateway". */
export function closeWords({ code, by, cut }) {
  const how = code === null ? (by === 'none' ? 'cut, without a close frame' : `ended by ${by}`) : `${code}${CODES[code] ? ` ${CODES[code]}` : ''}, by ${by}`;
  return cut ? `${how}: ${CUTS[cut] ?? cut}` : how;
}

export class SocketDetail {
  #element;
  #body = make('div', { className: 'cards' });
  #head = make('h2');
  #state = make('p', { role: 'status' });
  #close = make('button', { type: 'button', className: 'danger' }, 'Close this socket …');
  #id = null;
  #before = null;
  #names = '';

  constructor(element) {
    this.#element = element;
    this.#close.addEventListener('click', () => this.#confirm());
    element.append(make('p', {}, make('a', { href: '#/sockets' }, '← All sockets')), make('div', { className: 'head' }, this.#head, this.#state, this.#close), this.#body);
  }

  enter(id) {
    [this.#id, this.#before, this.#names] = [id, null, ''];
    this.#head.textContent = `Socket ${id}`;
    this.#state.replaceChildren();
    this.#body.replaceChildren();
    this.#close.hidden = true;
  }

  async refresh() {
    const id = this.#id;
    const socket = await get(`/sockets/${encodeURIComponent(id)}`);
    if (id !== this.#id) {
      return;
    }

    this.#close.hidden = socket.end !== null;
    const words = socket.end ? `ended: ${closeWords(socket.end)}` : socket.isClosing ? 'closing' : 'open';
    if (this.#state.textContent !== words) {
      this.#state.replaceChildren(badge(socket.end ? 'quiet' : socket.isClosing ? 'warn' : 'good', words));
    }

    const [before, now] = [this.#before, { at: performance.now(), socket }];
    this.#before = now;
    const rate = (name) => (before && !socket.end ? ` · ${amount(((socket[name] - before.socket[name]) * 1000) / (now.at - before.at))} per second` : '');
    this.#show([
      ['Client',
        ['User', socket.user], ['Issuer', socket.issuer], ['Address', socket.ip],
        ['Token', socket.tokenExpiresAt ? `good until ${day(socket.tokenExpiresAt)}` : 'none']],
      ['Way',
        ['Route', socket.route], ['Destination', `${socket.cluster}/${socket.destination}`], ['Its address', socket.address], ['Path', socket.path], ['Protocol', socket.protocol], ['Trace', socket.traceId]],
      ['Traffic',
        ['Messages from the client', count(socket.messagesIn) + rate('messagesIn')], ['Messages to it', count(socket.messagesOut) + rate('messagesOut')],
        ['Bytes from the client', bytes(socket.bytesIn)], ['Bytes to it', bytes(socket.bytesOut)]],
      ['Life',
        [socket.end ? 'Was open for' : 'Open for', duration(socket.age)],
        ...(socket.end
          ? [['Ended', day(socket.end.at)], ['How', closeWords(socket.end)]]
          : [['Client silent for', duration(socket.silentFor)], ['Ping of the backend', milliseconds(socket.backendRoundTrip)]]),
        ['Ping of the client', milliseconds(socket.roundTrip)]],
    ]);
  }

  /** Values change in their places: what is being read or selected stays. */
  #show(cards) {
    const names = JSON.stringify(cards.map(([, ...pairs]) => pairs.map(([name]) => name)));
    if (names !== this.#names) {
      this.#names = names;
      this.#body.replaceChildren(...cards.map(([head, ...pairs]) => make('section', { className: 'card' }, make('h3', {}, head), definitions(pairs))));
    }

    const values = cards.flatMap(([, ...pairs]) => pairs.map(([, value]) => value ?? '–'));
    this.#body.querySelectorAll('dd').forEach((shown, index) => setText(shown, values[index]));
  }

  #confirm() {
    const id = this.#id;
    confirm({
      head: `Close socket ${id}?`,
      words: 'Its client is told the code and the reason behind the message that is under way.',
      fields: closeFields(100).filter(({ name }) => name !== 'perSecond'),
      go: 'Close socket',
      isDanger: true,
      send: (values) => closeSockets({ id: Number(id) }, orderOf(values)),
    });
  }
}
