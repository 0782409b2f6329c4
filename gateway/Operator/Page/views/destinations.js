// Who requests and sockets go to, in what state, and how to take one out.

import { drain, putBack } from '../api.js';
import { closeFields, confirm, orderOf } from '../confirm.js';
import { badge, byId, make } from '../dom.js';
import { count, duration, plural } from '../format.js';
import { Table } from '../table.js';

const nameOf = ({ cluster, id }) => `${cluster}/${id}`;

function healthOf(destination) {
  const [kind, words] = destination.draining ? ['warn', 'drained'] : {
    healthy: ['good', 'healthy'],
    unhealthy: ['bad', 'unhealthy'],
  }[destination.health] ?? ['quiet', 'not known yet'];
  return [badge(kind, words), ...(destination.healthReason ? [make('span', { className: 'reason' }, destination.healthReason)] : [])];
}

export class Destinations {
  #table;
  #controls = new Map();

  constructor(feed) {
    this.#table = new Table('Destinations', [
      { head: 'Cluster', show: ({ cluster }) => cluster },
      { head: 'Destination', show: ({ id }) => id },
      { head: 'Address', kind: 'long', show: ({ address }) => address },
      { head: 'Health', kind: 'wrap', show: (one, cell) => { this.#showHealth(one, cell); } },
      { head: 'Sockets', kind: 'number', show: (one, cell) => { this.#showSockets(one, cell); } },
      { head: 'Requests', kind: 'number', show: ({ requests }) => count(requests) },
      { head: 'Drain', show: (one, cell) => { this.#showDrain(one, cell); } },
    ], nameOf);
    byId('destination-table').append(this.#table.element);
    feed.addEventListener('pulse', ({ detail }) => this.#table.show(detail.destinations, 'No cluster has a destination.'));
  }

  #showHealth(destination, cell) {
    const nodes = healthOf(destination);
    if (cell.textContent !== nodes.map((node) => node.textContent).join('')) {
      cell.replaceChildren(...nodes);
    }
  }

  #showSockets(destination, cell) {
    const link = cell.firstChild ?? cell.appendChild(make('a', { href: `#/sockets?${new URLSearchParams({ destination: destination.id })}` }));
    link.textContent = count(destination.sockets);
  }

  #showDrain(destination, cell) {
    const known = cell.firstChild ? this.#controls.get(cell) : this.#makeControls(destination, cell);
    const drained = destination.draining;
    known.destination = destination;
    known.button.textContent = drained ? 'Put back' : 'Drain …';
    known.button.setAttribute('aria-label', `${drained ? 'Put back' : 'Drain'} ${nameOf(destination)}`);
    known.progress.hidden = known.words.hidden = !drained;
    if (drained) {
      known.progress.max = Math.max(1, drained.total);
      known.progress.value = drained.total === 0 ? 1 : drained.done;
      known.words.textContent = ` ${count(drained.done)} of ${count(drained.total)}${drained.left > 0 ? `, ${duration(drained.secondsLeft)} to go` : ', all over'}`;
    }
  }

  #makeControls(destination, cell) {
    const known = {
      button: make('button', { type: 'button' }),
      progress: make('progress', { 'aria-label': `Drain of ${nameOf(destination)}` }),
      words: make('span', { className: 'reason' }),
    };
    known.button.addEventListener('click', () => (known.destination.draining ? this.#putBack(known.destination) : this.#drain(known.destination)));
    cell.append(known.button, ' ', known.progress, known.words);
    this.#controls.set(cell, known);
    return known;
  }

  #drain(destination) {
    confirm({
      head: `Drain ${nameOf(destination)}?`,
      words: `What is new goes elsewhere from now on, and its ${plural(destination.sockets, 'socket')} are closed one after another, the oldest first.`,
      fields: closeFields(100),
      go: 'Drain',
      isDanger: true,
      send: (values) => drain(destination, orderOf(values)),
    });
  }

  #putBack(destination) {
    confirm({
      head: `Put ${nameOf(destination)} back?`,
      words: 'It takes new sockets and requests again. Those of its sockets that were not told yet stay.',
      go: 'Put back',
      send: () => putBack(destination),
    });
  }
}
