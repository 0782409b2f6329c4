// What comes by itself: the last quarter of an hour at once, then a pulse a second.

import { get } from './api.js';

export const SPAN = 15 * 60 * 1000;
const RETRY = 5000;

/** What the charts draw of a sample: its numbers, and rates since an earlier one; null where nothing is known. */
function pointOf(sample, before) {
  const at = Date.parse(sample.at);
  const seconds = before ? (at - Date.parse(before.at)) / 1000 : 0;
  const rate = (name) => (seconds > 0 && sample[name] >= before[name] ? (sample[name] - before[name]) / seconds : null);
  return {
    at,
    sockets: sample.sockets,
    closing: sample.closing,
    messagesIn: rate('messagesIn'),
    messagesOut: rate('messagesOut'),
    bytesIn: rate('bytesIn'),
    bytesOut: rate('bytesOut'),
    accepted: rate('accepted'),
    refused: rate('refused'),
    requests: rate('requests'),
    failures: rate('failures'),
    roundTrip: sample.roundTrip,
    slowRoundTrip: sample.slowRoundTrip,
    cpu: rate('cpu'),
    memory: sample.memory,
    delay: sample.delay,
  };
}

/** Raises "history" with what does not change while the gateway runs, "pulse" each second, and "link" when the connection comes or goes. */
export class Feed extends EventTarget {
  /** The points of the last quarter of an hour, the newest last. */
  points = [];

  /** The newest pulse; null before the first. */
  pulse = null;

  #samples = [];
  #kept = [];
  #interval = 5000;
  #events = null;

  start() {
    this.#events = new EventSource('/events');
    this.#events.addEventListener('open', () => this.#open());
    this.#events.addEventListener('error', () => this.#lose());
    this.#events.addEventListener('message', (event) => this.#take(JSON.parse(event.data)));
  }

  async #open() {
    try {
      const history = await get('/history');
      this.#interval = history.intervalSeconds * 1000;
      this.#samples = history.samples;
      this.#kept = this.#samples.map((sample, index) => pointOf(sample, this.#samples[index - 1]));
      this.points = [...this.#kept];
      this.#raise('history', history);
      this.#raise('link', true);
    } catch {
      this.#events.close();
      this.#lose();
    }
  }

  #lose() {
    this.#raise('link', false);
    if (this.#events.readyState === EventSource.CLOSED) {
      // After a refusal the browser does not try again by itself.
      setTimeout(() => this.start(), RETRY);
    }
  }

  #take(pulse) {
    const last = this.#samples.at(-1);
    const point = pointOf(pulse.now, this.pulse?.now ?? last);
    if (!last || point.at - Date.parse(last.at) >= this.#interval) {
      this.#samples.push(pulse.now);
      this.#kept.push(pointOf(pulse.now, last));
      while (this.#kept[0].at < point.at - SPAN) {
        this.#samples.shift();
        this.#kept.shift();
      }
    }

    // The newest moment is shown, and kept only when it is time for the next sample.
    this.points = point.at > this.#kept.at(-1).at ? [...this.#kept, point] : [...this.#kept];
    this.pulse = pulse;
    this.#raise('pulse', pulse);
  }

  #raise(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
