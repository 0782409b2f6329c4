// Which requests were refused and why, and which limits are at work.

import { get } from '../api.js';
import { badge, byId, make, setText } from '../dom.js';
import { clock, count, duration, plural } from '../format.js';
import { Table } from '../table.js';

const ACTIONS = { refused: 'refused', delayed: 'slowed down', closed: 'closed', counted: 'counted only', uncounted: 'let in, not counted' };

export class Refusals {
  #filter = byId('refusal-filter');
  #work = new Table('Limits at work', [
    { head: 'Limit', show: ({ limit }, cell) => { cell.firstChild ?? cell.append(badge('warn', limit)); } },
    { head: 'Route', show: ({ route }) => route },
    { head: 'What goes beyond is', show: ({ action }) => ACTIONS[action] ?? action },
    { head: 'Times', kind: 'number', show: ({ times }) => count(times) },
    { head: 'For', kind: 'number', show: ({ secondsSinceFirst }) => duration(secondsSinceFirst) },
    { head: 'Last', kind: 'number', show: ({ secondsSinceLast }) => `${duration(secondsSinceLast)} ago` },
  ], ({ route, limit, action }) => `${route} ${limit} ${action}`);

  #limits = new Table('Limits by route', [
    { head: 'Route', show: ({ route }) => route },
    { head: 'Sockets', kind: 'wrap', show: (one, cell) => { this.#showUse(one, cell); } },
    { head: 'Limits', kind: 'wrap', show: ({ limits }) => Object.entries(limits).map(([name, value]) => `${name} ${value}`).join(', ') || 'none' },
    { head: 'Beyond them', show: ({ isEnforced, limits }) => (Object.keys(limits).length === 0 ? '–' : isEnforced ? 'enforced' : 'counted only') },
  ], ({ route }) => route);

  #refusals = new Table('The last refusals', [
    { head: 'Time', kind: 'number', show: ({ at }) => clock(Date.parse(at)) },
    { head: 'Status', show: ({ status }, cell) => { cell.firstChild ?? cell.append(badge(status >= 500 ? 'bad' : 'quiet', String(status))); } },
    { head: 'Why', kind: 'wrap', show: ({ reason, sentence }) => (sentence ? `${reason}: ${sentence}` : reason) },
    { head: 'What', show: ({ method, isHandshake }) => (isHandshake ? 'handshake' : method) },
    { head: 'Path', kind: 'long', show: ({ path }) => path },
    { head: 'Address', show: ({ ip }) => ip },
    { head: 'User', kind: 'long name', show: ({ user }) => user },
    { head: 'Route', show: ({ route }) => route },
    { head: 'Destination', show: ({ destination }) => destination },
    { head: 'Trace', kind: 'long', show: ({ traceId }) => traceId },
  ], ({ at, traceId, path }) => `${at} ${traceId} ${path}`);

  #all = [];

  constructor() {
    byId('limit-work').append(this.#work.element);
    byId('limit-table').append(this.#limits.element);
    byId('refusal-table').append(this.#refusals.element);
    this.#filter.addEventListener('input', () => this.#showRefusals());
    this.#filter.addEventListener('submit', (event) => event.preventDefault());
  }

  async refresh() {
    const [{ refusals, capacity }, limits] = await Promise.all([get('/refusals'), get('/limits')]);
    this.#work.show(limits.atWork, 'No limit is at work.');
    this.#limits.show(limits.routes, 'No route is configured.');
    this.#all = refusals;
    this.capacity = capacity;
    this.#showRefusals();
  }

  #showRefusals() {
    const text = this.#filter.elements.text.value.toLowerCase();
    const shown = this.#all.filter((one) => text === '' || Object.values(one).some((value) => String(value ?? '').toLowerCase().includes(text)));
    this.#refusals.show(shown, this.#all.length === 0 ? 'Nothing was refused yet.' : 'None of them holds that.');
    setText(byId('refusals-found'), this.#all.length === 0 ? '' : `${plural(shown.length, 'refusal')}${shown.length < this.#all.length ? ` of ${count(this.#all.length)}` : ''}, the newest first; the last ${count(this.capacity)} are kept.`);
  }

  #showUse({ sockets, limits }, cell) {
    const most = Number(limits.MaxSockets);
    const words = most ? `${count(sockets)} of ${count(most)}` : count(sockets);
    if (cell.textContent !== words) {
      cell.replaceChildren(...(most ? [make('meter', { min: 0, max: most, high: most * 0.8, optimum: 0, value: sockets, 'aria-label': `${count(sockets)} of ${count(most)} sockets` })] : []), words);
    }
  }
}
