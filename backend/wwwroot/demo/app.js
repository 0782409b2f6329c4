import { isToken, issueToken, NoIssuerError, userOf } from './login.js';
import { MessageList } from './messages.js';
import { isRoomName, Room } from './room.js';

const page = Object.fromEntries([...document.querySelectorAll('[id]')].map((element) => [element.id, element]));
const messages = new MessageList(page.messages, page['message-template']);

const states = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  open: 'Connected',
  waiting: 'Reconnecting…',
  closed: 'Closed',
};

/** Whoever is logged in: { name, freshToken }. */
let user = null;
let room = null;

on('login-form', logIn);
on('join-form', () => joinRoom(page.room.value.trim()));
on('send-form', send);
page.logout.addEventListener('click', () => logOut());
page.retry.addEventListener('click', () => room?.hurry());
addEventListener('hashchange', followLink);
addEventListener('online', () => room?.hurry());
page.room.value = linkedRoom();

function on(form, action) {
  page[form].addEventListener('submit', (event) => {
    event.preventDefault();
    action();
  });
}

async function logIn() {
  const asksForToken = !page['token-field'].hidden;
  page['login-error'].textContent = '';
  page.login.disabled = true;
  try {
    await (asksForToken ? logInWithToken(page.token.value.trim()) : logInAs(page.name.value.trim()));
  } catch (error) {
    if (error instanceof NoIssuerError) {
      askForToken();
    } else {
      page['login-error'].textContent = error.message;
    }
  } finally {
    page.login.disabled = false;
  }
}

async function logInAs(name) {
  if (!name) {
    page.name.focus();
    throw new Error('Say who you are: any name will do.');
  }

  welcome(await issueToken(name), () => issueToken(name));
}

async function logInWithToken(token) {
  if (!isToken(token)) {
    page.token.focus();
    throw new Error('This is no token: expected three parts with a dot between them.');
  }

  page.token.value = '';
  welcome(token, async () => token);
}

function askForToken() {
  page['name-field'].hidden = true;
  page['token-field'].hidden = false;
  page.token.focus();
}

function welcome(token, freshToken) {
  user = { name: userOf(token), freshToken };
  page.user.textContent = user.name;
  showChat(true);
  showState('idle');
  if (page.room.value) {
    joinRoom(page.room.value);
  } else {
    page.room.focus();
  }
}

function logOut() {
  room?.leave();
  room = null;
  user = null;
  messages.clear();
  showChat(false);
  showState('idle');
  (page['token-field'].hidden ? page.name : page.token).focus();
}

function joinRoom(name) {
  if (!isRoomName(name)) {
    page['room-error'].textContent = 'A room is 1 to 94 letters, digits or underscores.';
    page.room.setAttribute('aria-invalid', 'true');
    page.room.focus();
    return;
  }

  page['room-error'].textContent = '';
  page.room.removeAttribute('aria-invalid');
  page.room.value = name;
  page.message.focus();
  if (room?.name === name && page.state.dataset.state !== 'closed') {
    room.hurry();
    return;
  }

  room?.leave();
  if (room?.name !== name) {
    messages.clear();
  }

  room = new Room(name, user.freshToken, listener);
  location.hash = encodeURIComponent(name);
  document.title = `${name} · YarpWs`;
  room.join();
}

function send() {
  if (page.message.value && page.state.dataset.state === 'open') {
    room.send(page.message.value);
    page.message.value = '';
  }

  page.message.focus();
}

const listener = {
  stateChanged: showState,
  joined: (isAgain) => messages.note(isAgain ? `Back in ${room.name}.` : `You joined ${room.name}.`),
  ended: (words, mayReturn) => messages.note(mayReturn ? `${words} Reconnecting…` : `${words} Join again when you like.`),
  received: (message) => messages.add(message, message.from !== undefined && message.from === user.name),
  refused: (status, why) => {
    logOut();
    page['login-error'].textContent = `${status === 401 ? 'The server did not accept the token (401).' : 'The token does not allow this (403).'} ${why}`;
  },
};

function followLink() {
  const name = linkedRoom();
  if (user && name && name !== room?.name) {
    joinRoom(name);
  } else if (!user) {
    page.room.value = name;
  }
}

function linkedRoom() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

function showChat(isLoggedIn) {
  page.welcome.hidden = isLoggedIn;
  page.chat.hidden = !isLoggedIn;
  page.account.hidden = !isLoggedIn;
}

function showState(state) {
  page.state.dataset.state = state;
  page.state.textContent = user ? states[state] : 'Not logged in';
  page.retry.hidden = state !== 'waiting';
  page.send.disabled = state !== 'open';
  page.hint.hidden = room !== null;
}
