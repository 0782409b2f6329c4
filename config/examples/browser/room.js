// Joins a room and stays in it: plain JavaScript, no library. Open room.html?room=blue from your own server, which answers GET token with a
// token for whoever is logged in there. Where the gateway has another origin, name it here; there, name this page's in Origins:Allowed, and give
// the route a CorsPolicy for it: without one this page could not read why it was refused, and would try again for ever.
const gateway = new URLSearchParams(location.search).get('gateway') ?? location.origin;
const room = new URLSearchParams(location.search).get('room') ?? 'blue';

const firstPause = 500;
const longestPause = 30_000;

/** A socket that lived so long was no failure: the next pause is the first one again. */
const steadyAfter = 10_000;

/** Codes after which coming back helps nobody: the client is wrong, or its login was taken back. All others mean: come back. */
const finalCodes = new Map([
  [1002, 'this page does not speak the protocol'],
  [1003, 'the server does not take this kind of message'],
  [1007, 'the server was sent text that is none'],
  [1009, 'the message was too big'],
  [1011, 'the server could not take the message'],
  [4004, 'the login was revoked'],
]);

const page = Object.fromEntries([...document.querySelectorAll('[id]')].map((element) => [element.id, element]));
let socket;
let pauses = 0;

page.room.textContent = room;
page.form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ message: page.text.value }));
    page.text.value = '';
  }
});
connect();

async function connect() {
  show('connecting');
  let token;
  try {
    // A fresh one each time: after 4003 (the login has expired) the old one would be refused.
    token = (await (await fetch('token', { cache: 'no-store' })).text()).trim();
  } catch {
    comeBack();
    return;
  }

  const address = new URL(`/ws/start/${encodeURIComponent(room)}`, gateway);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

  // A browser can set no header. The token goes as a subprotocol, beside the real one: no address, log or history sees it.
  socket = new WebSocket(address, ['attributed.yarpws.v1', `base64url.bearer.authorization.k8s.io.${base64url(token)}`]);
  let openedAt = 0;
  socket.onopen = () => {
    openedAt = performance.now();
    show('open');
  };
  socket.onmessage = ({ data }) => {
    const { message, from } = JSON.parse(data);
    const line = document.createElement('li');
    line.textContent = from ? `${from}: ${message}` : message;
    page.messages.append(line);
  };
  socket.onclose = async ({ code, reason }) => {
    if (openedAt === 0) {
      await refused(token, address);
      return;
    }

    if (performance.now() - openedAt > steadyAfter) {
      pauses = 0;
    }

    if (finalCodes.has(code)) {
      show(`closed: ${finalCodes.get(code)} (${code}${reason ? `, ${reason}` : ''})`);
    } else {
      comeBack();
    }
  };
}

/** A script is not told why a handshake failed. A plain request with the same token is: 401 and 403 are final, all else may pass. */
async function refused(token, address) {
  address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:';
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
  if (answer?.status === 401 || answer?.status === 403) {
    show(`refused: ${(await answer.text()).trim()}`);
  } else {
    comeBack(Number(answer?.headers.get('retry-after')) * 1000);
  }
}

/** When the server said so; else twice as late after each failure, up to a bound; never at a moment that all clients share. */
function comeBack(told) {
  show('waiting');
  const pause = told || Math.min(longestPause, firstPause * 2 ** pauses++);
  setTimeout(connect, pause * (1 + Math.random()));
}

function show(state) {
  page.state.textContent = state;
}

function base64url(text) {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
