// What an operator looks at first: what is wrong, the last quarter of an hour, and how things ended.

import { get } from '../api.js';
import { Board } from '../charts/board.js';
import { byId, make } from '../dom.js';
import { count } from '../format.js';
import { closeWords } from './socket.js';

const READY = 'ready';

const REASONS = {
  Request: 'no good request', Route: 'no route', Origin: 'foreign origin', Login: 'no good login', Policy: 'login not enough', Limit: 'limit', Stopping: 'gateway stops', Destination: 'no destination',
};

/** "1012 by gateway", in which a code that is not counted by itself is "other". */
function wordsOf(label) {
  const [code, by] = label.split(' by ');
  return code === 'other' ? `another code, by ${by}` : closeWords({ code: code === 'none' ? null : Number(code), by, cut: null });
}

/** The largest counts, as bars. */
function showBars(element, counts, empty) {
  const largest = Object.entries(counts).filter(([, value]) => value > 0).sort((one, other) => other[1] - one[1]).slice(0, 6);
  const top = largest[0]?.[1] ?? 1;
  element.replaceChildren(largest.length === 0
    ? make('p', { className: 'note' }, empty)
    : make('ul', { className: 'bars' }, ...largest.map(([name, value]) => make('li', {},
      make('span', {}, name), make('meter', { min: 0, max: top, value, 'aria-label': `${name}: ${count(value)} of ${count(top)}` }), make('strong', {}, count(value))))));
}

export class Overview {
  #board = new Board(byId('charts'));
  #parts = '';
  #revision = null;

  constructor(feed) {
    feed.addEventListener('history', ({ detail }) => {
      this.#board.setBounds(detail.bounds);
      this.#board.show(feed.points);
    });
    feed.addEventListener('pulse', ({ detail: pulse }) => {
      this.#showParts(pulse);
      this.#markRevisions(pulse.revision);
      if (!byId('view-overview').hidden) {
        this.#board.show(feed.points);
        showBars(byId('closes'), Object.fromEntries(Object.entries(pulse.closes).map(([label, value]) => [wordsOf(label), value])), 'None has ended yet.');
        showBars(byId('reasons'), Object.fromEntries(Object.entries(pulse.refusals).map(([reason, value]) => [REASONS[reason] ?? reason, value])), 'None was refused yet.');
      }
    });
  }

  #showParts(pulse) {
    const problems = [
      ...Object.entries(pulse.parts).filter(([, state]) => state !== READY).map(([name, state]) => [name === 'redis' ? 'warn' : 'bad', name, state]),
      ...(pulse.hasRefusedRoutes ? [['warn', 'routes', 'the file was refused, and what ran before goes on; see Routes']] : []),
      ...pulse.destinations.filter((one) => one.draining).map((one) => ['warn', `${one.cluster}/${one.id}`, `drained: ${one.draining.done} of ${one.draining.total} sockets are over`]),
    ];
    const known = JSON.stringify([pulse.parts, problems]);
    if (known === this.#parts) {
      return;
    }

    this.#parts = known;
    byId('problems').replaceChildren(...problems.map(([kind, name, words]) => make('p', { className: `problem ${kind}` }, make('strong', {}, name), ` ${words}`)));
    byId('parts').replaceChildren(...Object.entries(pulse.parts).map(([name, state]) => make('li', { className: state === READY ? 'good' : name === 'redis' ? 'warn' : 'bad', title: state },
      make('span', {}, name), make('strong', {}, state === READY ? READY : 'not ready'))));
  }

  /** Changes of the routes stand in the charts: what follows one may come of it. */
  async #markRevisions(revision) {
    if (revision === this.#revision) {
      return;
    }

    this.#revision = revision;
    try {
      const history = await get('/routes/history');
      this.#board.setMarks(history.filter((one) => one.revision > 1).map((one) => ({ at: Date.parse(one.since), name: `r${one.revision}` })));
    } catch {
      this.#revision = null;
    }
  }
}
