// All charts side by side, which look at the same moment.

import { SPAN } from '../feed.js';
import { amount, bytes, count, milliseconds, short } from '../format.js';
import { Chart } from './chart.js';

const LEAST_SPAN = 3 * 60 * 1000;

const percent = (value) => (value === null ? '–' : `${amount(value * 100)} %`);
const shortBytes = (value) => bytes(value).replace('iB', '');
const shortMilliseconds = (seconds) => `${short(seconds * 1000)} ms`;

const SPECS = [
  { title: 'Sockets', format: count, axis: short, least: 4, bound: { name: 'room for', of: (bounds) => bounds.sockets }, series: [{ name: 'open', key: 'sockets' }, { name: 'closing', key: 'closing' }] },
  { title: 'Messages per second', format: amount, axis: short, least: 4, series: [{ name: 'from clients', key: 'messagesIn' }, { name: 'to clients', key: 'messagesOut' }] },
  { title: 'Bytes per second', format: bytes, axis: shortBytes, base: 1024, least: 1024, series: [{ name: 'from clients', key: 'bytesIn' }, { name: 'to clients', key: 'bytesOut' }] },
  { title: 'Handshakes per second', format: amount, axis: short, least: 4, series: [{ name: 'accepted', key: 'accepted' }, { name: 'refused', key: 'refused', kind: 'fault' }] },
  { title: 'Plain requests per second', format: amount, axis: short, least: 4, series: [{ name: 'answered', key: 'requests' }, { name: 'with 5xx', key: 'failures', kind: 'fault' }] },
  { title: 'Ping of clients', format: milliseconds, axis: shortMilliseconds, least: 0.004, series: [{ name: 'median', key: 'roundTrip' }, { name: '99 of 100', key: 'slowRoundTrip' }] },
  { title: 'Processor', format: percent, axis: percent, least: 0.1, bound: { name: 'all processors', of: (bounds) => bounds.processors }, series: [{ name: 'in use', key: 'cpu' }] },
  { title: 'Wait for a turn', format: milliseconds, axis: shortMilliseconds, least: 0.01, bound: { name: 'late from', of: (bounds) => bounds.delay }, series: [{ name: 'longest', key: 'delay' }] },
  { title: 'Memory', format: bytes, axis: shortBytes, base: 1024, least: 64 * 1024 * 1024, bound: { name: 'available', of: (bounds) => bounds.memory }, series: [{ name: 'held', key: 'memory' }] },
];

export class Board {
  #charts;
  #bounds = null;
  #marks = [];

  constructor(element) {
    this.#charts = SPECS.map((spec) => ({ spec, chart: new Chart(spec, (moment) => this.#look(moment)) }));
    element.replaceChildren(...this.#charts.map(({ chart }) => chart.element));
  }

  setBounds(bounds) {
    this.#bounds = bounds;
  }

  setMarks(marks) {
    this.#marks = marks;
  }

  show(points) {
    const to = points.at(-1)?.at ?? Date.now();

    // A gateway that has just been started has little to show, and that is shown large.
    const from = Math.max(to - SPAN, Math.min(points[0]?.at ?? to, to - LEAST_SPAN));
    for (const { spec, chart } of this.#charts) {
      chart.show(points, from, to, (this.#bounds && spec.bound?.of(this.#bounds)) ?? null, this.#marks);
    }
  }

  #look(moment) {
    this.#charts.forEach(({ chart }) => chart.look(moment));
  }
}
