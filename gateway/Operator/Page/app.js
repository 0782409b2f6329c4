// The operator's page: a pulse every second from /events, and the sockets that fit the filter. What users wrote is only ever set as text.

import { Chart, Counts } from './charts.js';
import { ask, closeSockets, drain, putBack } from './orders.js';

const element = (id) => document.getElementById(id);
const milliseconds = (seconds) => (seconds === null ? null : seconds * 1000);
const tenths = (value) => value.toFixed(1);
const charts = {
  sockets: new Chart(element('chart-sockets'), ['open', 'closing']),
  messages: new Chart(element('chart-messages'), ['in', 'out']),
  handshakes: new Chart(element('chart-handshakes'), ['accepted', 'refused']),
  roundTrip: new Chart(element('chart-roundtrip'), ['median', '99 of 100'], tenths),
};
const closes = new Counts(element('chart-closes'));
const refusals = new Counts(element('chart-refusals'));
let before = null;

function show(pulse) {
  element('ready').textContent = pulse.isReady ? 'ready' : 'not ready';
  element('ready').className = `badge ${pulse.isReady ? 'good' : 'bad'}`;
  charts.sockets.add(pulse.sockets, pulse.closing);
  charts.roundTrip.add(milliseconds(pulse.roundTrip), milliseconds(pulse.slowRoundTrip));
  if (before !== null) {
    const seconds = Math.max(0.1, (Date.parse(pulse.at) - Date.parse(before.at)) / 1000);
    const rate = (name) => Math.max(0, pulse[name] - before[name]) / seconds;
    charts.messages.add(rate('messagesIn'), rate('messagesOut'));
    charts.handshakes.add(rate('accepted'), rate('refused'));
  }

  closes.show(pulse.closes);
  refusals.show(pulse.refusals);
  showDestinations(pulse.destinations);
  before = pulse;
}

function cell(text, kind = '') {
  const made = document.createElement('td');
  made.textContent = text ?? '–';
  made.className = kind;
  return made;
}

function row(...cells) {
  const made = document.createElement('tr');
  made.append(...cells);
  return made;
}

// Rows stay while their destinations do: a button that is replaced every second loses the focus, and clicks.
const destinationRows = new Map();

function showDestinations(destinations) {
  const body = element('destinations');
  const names = destinations.map((destination) => `${destination.cluster}/${destination.id}`);
  for (const [name, known] of destinationRows) {
    if (!names.includes(name)) {
      known.row.remove();
      destinationRows.delete(name);
    }
  }

  destinations.forEach((destination, index) => {
    const name = names[index];
    const known = destinationRows.get(name) ?? makeDestinationRow(name);
    const drained = destination.draining;
    known.destination = destination;
    [destination.cluster, destination.id, destination.address, drained ? 'drained' : destination.health, destination.sockets, destination.requests]
      .forEach((value, at) => { known.row.cells[at].textContent = value; });
    known.button.textContent = drained ? 'Put back' : 'Drain …';
    known.button.setAttribute('aria-label', `${drained ? 'Put back' : 'Drain'} ${name}`);
    known.progress.hidden = known.words.hidden = !drained;
    if (drained) {
      known.progress.max = Math.max(1, drained.total);
      known.progress.value = drained.total === 0 ? 1 : drained.done;
      known.words.textContent = ` ${drained.done} of ${drained.total}, ${drained.secondsLeft} s to go`;
    }

    if (body.rows[index] !== known.row) {
      body.insertBefore(known.row, body.rows[index] ?? null);
    }
  });
}

function makeDestinationRow(name) {
  const known = { row: row(...['', '', '', '', 'number', 'number', ''].map((kind) => cell('', kind))), button: document.createElement('button') };
  known.progress = document.createElement('progress');
  known.progress.setAttribute('aria-label', `Drain of ${name}`);
  known.words = document.createElement('span');
  known.button.type = 'button';
  known.button.addEventListener('click', () => (known.destination.draining ? putBack(known.destination).catch(complain) : drain(known.destination)));
  known.row.cells[6].append(known.button, ' ', known.progress, known.words);
  destinationRows.set(name, known);
  return known;
}

function filter() {
  const conditions = [...new FormData(element('filter'))].filter(([, value]) => value !== '');
  return Object.fromEntries(conditions.map(([name, value]) => [name, name === 'minAge' ? Number(value) : value]));
}

async function showSockets() {
  try {
    const { total, found, sockets } = await ask('GET', `/sockets?${new URLSearchParams({ ...filter(), limit: 50 })}`);
    element('found').textContent = `${found.toLocaleString()} of ${total.toLocaleString()} fit${found > sockets.length ? `; the oldest ${sockets.length} are shown` : ''}.`;
    element('sockets').replaceChildren(...sockets.map((socket) => row(
      cell(socket.id, 'number'), cell(socket.user), cell(socket.ip), cell(socket.route), cell(`${socket.cluster}/${socket.destination}`), cell(socket.path, 'path'),
      cell(Math.round(socket.age).toLocaleString(), 'number'), cell(socket.roundTrip === null ? null : tenths(milliseconds(socket.roundTrip)), 'number'),
      cell(socket.messagesIn.toLocaleString(), 'number'), cell(socket.messagesOut.toLocaleString(), 'number'), cell(socket.isClosing ? 'closing' : 'open'))));
  } catch (error) {
    complain(error);
  }
}

function complain(error) {
  element('found').textContent = error.message;
}

element('filter').addEventListener('input', showSockets);
element('filter').addEventListener('submit', (event) => event.preventDefault());
element('close').addEventListener('click', () => closeSockets(filter()).catch(complain));

const events = new EventSource('/events');
events.addEventListener('open', () => { element('link').textContent = 'Live'; });
events.addEventListener('error', () => { element('link').textContent = 'The gateway does not answer; trying again …'; before = null; });
events.addEventListener('message', (event) => show(JSON.parse(event.data)));
showSockets();
setInterval(showSockets, 2000);
