import { ending } from './close-codes.js';

const protocol = 'attributed.yarpws.v1';
const tokenPrefix = 'base64url.bearer.authorization.k8s.io.';
const firstDelay = 500;
const longestDelay = 30_000;
const steadyAfter = 10_000;

/** What the backend takes for a room: letters, digits and "_" of any script, 94 at most. */
export function isRoomName(name) {
  return /^[\p{L}\p{N}_]{1,94}$/u.test(name);
}

/**
 * Membership of one room for as long as it is wanted: a lost socket is opened again with a fresh token, unless its close code says
 * that this helps nobody. The listener hears stateChanged(state), joined(isAgain), ended(words, mayReturn), refused(status, why) and
 * received(message).
 */
export class Room {
  #freshToken;
  #listener;
  #socket = null;
  #timer = 0;
  #failures = 0;
  #wasJoined = false;
  #isLeft = false;

  constructor(name, freshToken, listener) {
    this.name = name;
    this.#freshToken = freshToken;
    this.#listener = listener;
  }

  async join() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#listener.stateChanged('connecting');
    try {
      const token = await this.#freshToken();
      if (!this.#isLeft) {
        this.#open(token);
      }
    } catch {
      this.#returnLater();
    }
  }

  /** Joins now instead of later, when it is later that it would. */
  hurry() {
    if (this.#timer) {
      this.#failures = 0;
      this.join();
    }
  }

  send(text) {
    this.#socket.send(JSON.stringify({ message: text }));
  }

  leave() {
    this.#isLeft = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  #open(token) {
    let openedAt = 0;
    const address = this.#address();
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, [protocol, tokenPrefix + base64Url(token)]);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      openedAt = performance.now();
      this.#opened();
    };
    socket.onmessage = ({ data }) => {
      if (!this.#isLeft) {
        this.#listener.received(read(data));
      }
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#isLeft) {
        return;
      }

      if (openedAt) {
        this.#closed(ending(code, reason), performance.now() - openedAt);
      } else {
        this.#notOpened(token);
      }
    };
    this.#socket = socket;
  }

  #address() {
    return new URL(`/ws/start/${encodeURIComponent(this.name)}`, location.origin);
  }

  #opened() {
    if (!this.#isLeft) {
      this.#listener.stateChanged('open');
      this.#listener.joined(this.#wasJoined);
      this.#wasJoined = true;
    }
  }

  #closed({ words, mayReturn }, lasted) {
    this.#listener.ended(words, mayReturn);
    if (lasted > steadyAfter) {
      this.#failures = 0;
    }

    if (mayReturn) {
      this.#returnLater();
    } else {
      this.#listener.stateChanged('closed');
    }
  }

  /** A script is not told why a handshake failed; a plain request with the same token is. Only a refused token is final. */
  async #notOpened(token) {
    const answer = await fetch(this.#address(), { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
    if (this.#isLeft) {
      return;
    }

    if (answer?.status === 401 || answer?.status === 403) {
      this.#listener.stateChanged('closed');
      this.#listener.refused(answer.status, (await answer.text()).trim());
    } else {
      this.#returnLater(Number(answer?.headers.get('retry-after')) * 1000);
    }
  }

  /** When the server said so; else twice as late after each failure. Never at a moment that all clients share. */
  #returnLater(toldDelay) {
    if (this.#isLeft) {
      return;
    }

    const delay = toldDelay ? toldDelay * 2 : Math.min(longestDelay, firstDelay * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.join(), delay * (0.5 + Math.random() / 2));
    this.#listener.stateChanged('waiting');
  }
}

function base64Url(token) {
  return btoa(token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function read(data) {
  if (data instanceof ArrayBuffer) {
    return { text: `${data.byteLength} bytes` };
  }

  const { message, from, node } = JSON.parse(data);
  return { text: message, from, node };
}
