// What runs, what ran, what was refused, and the way back.

import { get, rollBack } from '../api.js';
import { confirm } from '../confirm.js';
import { badge, byId, definitions, make, setText } from '../dom.js';
import { count, day, plural } from '../format.js';
import { Table } from '../table.js';

const MEANS = { start: 'the start', file: 'a changed file', request: 'POST /routes', rollback: 'a way back', failures: 'failures of the one before' };
const SIGNS = { added: '+', changed: '~', removed: '−' };

/** Differences line by line, as the command line has them. */
function changesOf(changes) {
  return changes.length === 0
    ? make('p', { className: 'note' }, 'Nothing differs.')
    : make('ul', { className: 'changes' }, ...changes.map((change) => make('li', { className: change.kind },
      make('strong', {}, `${SIGNS[change.kind]} ${change.what} ${change.id}`), change.sockets > 0 ? `, ${plural(change.sockets, 'live socket')}` : '',
      change.keys.length > 0 ? make('ul', {}, ...change.keys.map((key) => make('li', {}, make('code', {}, key)))) : null)));
}

const placeOf = ({ file, line, column }) => (file ? `${file}:${line}:${column}` : '');

const diagnosticsOf = (diagnostics) => make('ul', { className: 'diagnostics' }, ...diagnostics.map((one) => make('li', { className: one.severity === 'error' ? 'bad' : 'warn' },
  make('code', {}, placeOf(one)), ` ${one.severity}: `, make('strong', {}, one.key), ` ${one.message}`)));

const summaryOf = (changes) => (changes.length === 0 ? '–' : changes.map((change) => `${SIGNS[change.kind]} ${change.what} ${change.id}`).join(', '));

export class Routes {
  #routes = new Table('Routes', [
    { head: 'Route', show: ({ id }) => id },
    { head: 'Hosts', show: ({ hosts }) => hosts?.join(', ') || 'any' },
    { head: 'Path', kind: 'long', show: ({ path }) => path ?? 'any' },
    { head: 'Methods', show: ({ methods }) => methods?.join(', ') || 'any' },
    { head: 'Cluster', show: ({ cluster }) => cluster },
    { head: 'Authorization', show: ({ authorizationPolicy }) => authorizationPolicy ?? 'default' },
    { head: 'Sockets', kind: 'number', show: ({ id, sockets }, cell) => {
      const link = cell.firstChild ?? cell.appendChild(make('a', { href: `#/sockets?${new URLSearchParams({ route: id })}` }));
      setText(link, count(sockets));
    } },
  ], ({ id }) => id);

  #revisions = new Table('Revisions of the routes', [
    { head: 'Revision', show: ({ revision, isRunning }, cell) => {
      if (cell.dataset.running !== String(isRunning)) {
        cell.dataset.running = isRunning;
        cell.replaceChildren(String(revision), ...(isRunning ? [' ', badge('good', 'runs')] : []));
      }
    } },
    { head: 'Hash', show: (one, cell) => { cell.firstChild ?? cell.append(make('code', {}, one.hash)); } },
    { head: 'Since', show: ({ since }) => day(since) },
    { head: 'By', kind: 'wrap', show: ({ by, why }) => (MEANS[by] ?? by) + (why ? `: ${why}` : '') },
    { head: 'What it changed', kind: 'wrap', show: ({ changes }) => summaryOf(changes) },
    { head: 'More', show: (one, cell) => { this.#showOrders(one, cell); } },
  ], ({ revision }) => revision);

  #known = '';

  constructor() {
    byId('route-table').append(this.#routes.element);
    byId('revision-table').append(this.#revisions.element);
  }

  async refresh() {
    const [running, history, totals] = await Promise.all([get('/routes'), get('/routes/history'), get('/sockets/totals')]);
    const sockets = new Map(totals.routes.map(({ route, open }) => [route.toLowerCase(), open]));
    this.#routes.show(running.routes.map((route) => ({ ...route, sockets: sockets.get(route.id.toLowerCase()) ?? 0 })), 'No route is configured.');
    this.#revisions.show(history.map((one) => ({ ...one, isRunning: one.revision === running.revision })));

    const known = JSON.stringify([running.revision, running.refused, running.warnings]);
    if (known !== this.#known) {
      this.#known = known;
      this.#showRunning(running);
      this.#showRefused(running.refused);
    }
  }

  #showRunning(running) {
    byId('running').replaceChildren(make('section', { className: 'card' },
      make('h2', {}, `Revision ${running.revision} runs`),
      definitions([
        ['Hash', make('code', {}, running.hash)], ['Since', day(running.since)], ['By', (MEANS[running.by] ?? running.by) + (running.why ? `: ${running.why}` : '')],
        ['Files', running.files.join(', ')], ['Clusters', running.clusters.map(({ id }) => id).join(', ') || 'none'],
      ]),
      running.warnings.length > 0 ? diagnosticsOf(running.warnings) : null));
  }

  #showRefused(refused) {
    byId('refused-routes').replaceChildren(...(refused === null ? [] : [make('section', { className: 'card fault' },
      make('h2', {}, badge('bad', 'refused'), ` ${refused.hash}, ${day(refused.at)}`),
      make('p', {}, 'What ran before goes on. Put this right, and save the file:'),
      diagnosticsOf(refused.diagnostics))]));
  }

  #showOrders(one, cell) {
    const [difference, back] = cell.firstChild ? cell.querySelectorAll('button') : this.#makeOrders(one.revision, cell);
    difference.hidden = one.changes.length === 0;
    back.hidden = one.isRunning;
    difference.onclick = () => confirm({
      head: `What revision ${one.revision} changed`, words: `Of the one before it, ${day(one.since)}.`, details: changesOf(one.changes), go: 'Well', send: async () => {},
    });
  }

  #makeOrders(revision, cell) {
    const difference = make('button', { type: 'button', 'aria-label': `Difference of revision ${revision}` }, 'Difference');
    const back = make('button', { type: 'button', 'aria-label': `Go back to revision ${revision}` }, 'Go back …');
    back.addEventListener('click', () => this.#goBack(revision));
    cell.append(make('span', { className: 'buttons' }, difference, back));
    return [difference, back];
  }

  async #goBack(revision) {
    try {
      const plan = await get(`/routes/history/${revision}`);
      confirm({
        head: `Go back to revision ${revision}?`,
        words: `This is what changes of what runs now; ${plan.sockets === 0 ? 'no live socket is' : `${plural(plan.sockets, 'live socket')} ${plan.sockets === 1 ? 'is' : 'are'}`} on it. The files are written too.`,
        details: changesOf(plan.changes),
        go: 'Go back',
        isDanger: true,
        send: async () => {
          const answer = await rollBack(revision);
          if (answer.filesNotWritten) {
            throw new Error(`Revision ${revision} runs, but the files could not be written: ${answer.filesNotWritten}`);
          }

          await this.refresh();
        },
      });
    } catch (error) {
      byId('fault').replaceChildren(make('p', {}, error.message));
    }
  }
}
