// The live sockets, filtered and sorted by the gateway, and one of them in detail.

import { closeSockets, countSockets, get } from '../api.js';
import { closeFields, confirm, orderOf } from '../confirm.js';
import { badge, byId, make, setText } from '../dom.js';
import { bytes, clock, count, duration, milliseconds, plural } from '../format.js';
import { Table } from '../table.js';
import { closeWords, SocketDetail } from './socket.js';

const PAGE = 100;
const MOST = 1000;
const NUMBERS = ['minAge', 'minRoundTrip'];

function showId({ id }, cell) {
  const link = cell.firstChild ?? cell.appendChild(make('a', { href: `#/sockets/${id}` }));
  setText(link, String(id));
}

const columns = [
  { head: 'Id', kind: 'number', sort: 'id', show: showId },
  { head: 'User', kind: 'long name', sort: 'user', show: ({ user }) => user },
  { head: 'Address', sort: 'ip', show: ({ ip }) => ip },
  { head: 'Route', sort: 'route', show: ({ route }) => route },
  { head: 'Destination', sort: 'destination', show: ({ cluster, destination }) => `${cluster}/${destination}` },
  { head: 'Protocol', show: ({ protocol }) => protocol },
  { head: 'Path', kind: 'long', sort: 'path', show: ({ path }) => path },
  { head: 'Age', kind: 'number', sort: 'age', show: ({ age }) => duration(age) },
  { head: 'Silent', kind: 'number', sort: 'silentFor', show: ({ silentFor }) => duration(silentFor) },
  { head: 'Ping', kind: 'number', sort: 'roundTrip', show: ({ roundTrip }) => milliseconds(roundTrip) },
  { head: 'Messages in', kind: 'number', sort: 'messagesIn', show: ({ messagesIn }) => count(messagesIn) },
  { head: 'Messages out', kind: 'number', sort: 'messagesOut', show: ({ messagesOut }) => count(messagesOut) },
  { head: 'State', show: ({ isClosing }, cell) => { showState(isClosing, cell); } },
];

function showState(isClosing, cell) {
  const words = isClosing ? 'closing' : 'open';
  if (cell.textContent !== words) {
    cell.replaceChildren(badge(isClosing ? 'warn' : 'good', words));
  }
}

const endedColumns = [
  { head: 'Id', kind: 'number', show: showId },
  { head: 'Ended', kind: 'number', show: ({ end }) => clock(Date.parse(end.at)) },
  { head: 'How', kind: 'wrap', show: ({ end }) => closeWords(end) },
  { head: 'User', kind: 'long name', show: ({ user }) => user },
  { head: 'Address', show: ({ ip }) => ip },
  { head: 'Destination', show: ({ cluster, destination }) => `${cluster}/${destination}` },
  { head: 'Open for', kind: 'number', show: ({ age }) => duration(age) },
  { head: 'Bytes', kind: 'number', show: ({ bytesIn, bytesOut }) => bytes(bytesIn + bytesOut) },
];

export class Sockets {
  #form = byId('filter');
  #table = new Table('Open sockets', columns, ({ id }) => id, (key) => this.#sortBy(key));
  #ended = new Table('Sockets that ended lately', endedColumns, ({ id }) => id);
  #detail = new SocketDetail(byId('socket-detail'));
  #sort = 'id';
  #limit = PAGE;
  #id = null;

  constructor() {
    byId('socket-table').append(this.#table.element);
    byId('ended-table').append(this.#ended.element);
    this.#table.showSort(this.#sort);
    this.#form.addEventListener('input', () => this.#changed());
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    byId('filter-clear').addEventListener('click', () => {
      this.#form.reset();
      this.#changed();
    });
    byId('close-found').addEventListener('click', () => this.#close());
    byId('more').addEventListener('click', () => {
      this.#limit = Math.min(MOST, this.#limit * 4);
      this.#refresh();
    });
  }

  enter(id, conditions) {
    this.#id = id;
    byId('socket-list').hidden = id !== null;
    byId('socket-detail').hidden = id === null;
    if (id !== null) {
      this.#detail.enter(id);
    } else {
      for (const field of this.#form.querySelectorAll('input')) {
        field.value = conditions.get(field.name) ?? '';
      }
    }
  }

  refresh() {
    return this.#id === null ? this.#show() : this.#detail.refresh();
  }

  #conditions() {
    return Object.fromEntries([...new FormData(this.#form)].filter(([, value]) => value !== ''));
  }

  async #show() {
    const conditions = this.#conditions();
    const [list, over] = await Promise.all([get(`/sockets?${new URLSearchParams({ ...conditions, sort: this.#sort, limit: this.#limit })}`), get('/sockets/ended')]);
    const { total, found, sockets } = list;
    const isFiltered = Object.keys(conditions).length > 0;
    this.#table.show(sockets, isFiltered ? 'No open socket fits.' : 'No socket is open.');
    this.#ended.show(over.sockets.slice(0, 20), 'None yet.');
    const isCut = found > sockets.length;
    setText(byId('found'), `${isFiltered ? `${count(found)} of ${plural(total, 'open socket')} fit` : `${plural(total, 'open socket')}`}${
      isCut ? `; the first ${count(sockets.length)} are shown${sockets.length >= MOST ? ', and no list is longer: filter, or sort by what you look for' : ''}` : ''}.`);
    byId('more').hidden = !isCut || this.#limit >= MOST;
    byId('close-found').disabled = found === 0;
  }

  /** What is asked for is put into the address, so that it can be kept and sent to others. */
  #changed() {
    const query = new URLSearchParams(this.#conditions()).toString();
    history.replaceState(null, '', `#/sockets${query ? `?${query}` : ''}`);
    this.#limit = PAGE;
    this.#refresh();
  }

  #sortBy(key) {
    this.#sort = this.#sort === key ? `-${key}` : key;
    this.#table.showSort(this.#sort);
    this.#refresh();
  }

  #refresh() {
    this.#show().catch((error) => setText(byId('found'), error.message));
  }

  async #close() {
    try {
      const filter = Object.fromEntries(Object.entries(this.#conditions()).map(([name, value]) => [name, NUMBERS.includes(name) ? Number(value) : value]));
      const found = await countSockets(filter);
      const conditions = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(', ') || 'every socket';
      confirm({
        head: `Close ${plural(found, 'socket')}?`,
        words: `Those that fit now: ${conditions}.`,
        fields: closeFields(100),
        go: `Close ${plural(found, 'socket')}`,
        isDanger: true,
        send: (values) => closeSockets(filter, orderOf(values)),
      });
    } catch (error) {
      setText(byId('found'), error.message);
    }
  }
}
