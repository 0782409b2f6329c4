// A line chart of the last quarter of an hour: axes, a bound, marks, and the values at a moment that a pointer or the arrow keys choose.

import { make, setText } from '../dom.js';
import { clock, minute } from '../format.js';
import { minutesBetween, ticksUpTo } from './scale.js';

const SVG = 'http://www.w3.org/2000/svg';
const LEFT = 46;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;

function draw(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }

  if (text !== undefined) {
    made.textContent = text;
  }

  return made;
}

export class Chart {
  #spec;
  #plot = draw('svg', { 'aria-hidden': 'true' });
  #legend;
  #note = make('span', { className: 'note' });
  #slider;
  #points = [];
  #marks = [];
  #bound = null;
  #from = 0;
  #to = 1;
  #cursor = null;
  #size = { width: 0, height: 0 };

  /**
   * @param spec title; series, each a name and a key of the points; format, of values; base, 1024 for bytes; least, which the axis reaches at least;
   * bound, which is a value and what it is called.
   * @param moved Told which moment is looked at, and null when none is.
   */
  constructor(spec, moved) {
    this.#spec = spec;
    this.#legend = spec.series.map((series, index) => ({ ...series, value: make('strong', {}, '–'), kind: series.kind ?? `series-${index}` }));
    this.#slider = make('div', { className: 'plot', tabIndex: 0, role: 'slider', 'aria-label': `${spec.title}, moment`, 'aria-valuemin': '0', 'aria-valuemax': '0', 'aria-valuenow': '0' }, this.#plot);
    this.element = make('figure', { className: 'chart' },
      make('figcaption', {}, make('span', {}, spec.title), this.#note),
      make('ul', { className: 'legend' }, ...this.#legend.map(({ name, value, kind }) => make('li', { className: kind }, value, ` ${name}`))),
      this.#slider);
    this.#slider.addEventListener('pointermove', (event) => moved(this.#momentAt(event)));
    this.#slider.addEventListener('pointerleave', () => moved(null));
    this.#slider.addEventListener('blur', () => moved(null));
    this.#slider.addEventListener('keydown', (event) => this.#step(event, moved));
    new ResizeObserver(([entry]) => {
      this.#size = entry.contentRect;
      this.#draw();
    }).observe(this.#slider);
  }

  /** @param marks Moments with a name, such as a change of the routes. */
  show(points, from, to, bound, marks) {
    [this.#points, this.#from, this.#to, this.#bound, this.#marks] = [points, from, to, bound, marks];
    this.#draw();
  }

  /** Shows the values at a moment; null for the newest. */
  look(moment) {
    this.#cursor = moment;
    this.#draw();
  }

  #momentAt(event) {
    const box = this.#slider.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT - RIGHT);
    return this.#from + Math.min(1, Math.max(0, share)) * (this.#to - this.#from);
  }

  #step(event, moved) {
    const last = this.#points.length - 1;
    const now = this.#cursor === null ? last : this.#nearest();
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, PageUp: now - 12, PageDown: now + 12, Home: 0, End: last }[event.key];
    if (event.key === 'Escape') {
      moved(null);
    } else if (next !== undefined && last >= 0) {
      event.preventDefault();
      moved(this.#points[Math.min(last, Math.max(0, next))].at);
    }
  }

  /** The index of the point that is looked at. */
  #nearest() {
    if (this.#cursor === null) {
      return this.#points.length - 1;
    }

    let nearest = 0;
    this.#points.forEach((point, index) => {
      if (Math.abs(point.at - this.#cursor) < Math.abs(this.#points[nearest].at - this.#cursor)) {
        nearest = index;
      }
    });
    return nearest;
  }

  #draw() {
    const { width, height } = this.#size;
    const index = this.#nearest();
    const shown = this.#points[index];
    this.#tell(index, shown);
    if (width < LEFT + RIGHT + 20 || height < TOP + BOTTOM + 10) {
      return;
    }

    const highest = Math.max(this.#spec.least ?? 0, ...this.#points.flatMap((point) => this.#legend.map(({ key }) => point[key] ?? 0)));
    const isBoundNear = this.#bound !== null && highest >= this.#bound / 2;
    const ticks = ticksUpTo(isBoundNear ? Math.max(highest, this.#bound * 1.02) : highest, this.#spec.base);
    const top = ticks.at(-1);
    const x = (at) => LEFT + ((at - this.#from) / (this.#to - this.#from)) * (width - LEFT - RIGHT);
    const y = (value) => TOP + (1 - value / top) * (height - TOP - BOTTOM);
    setText(this.#note, this.#bound === null || isBoundNear ? '' : `${this.#spec.bound.name} ${this.#spec.format(this.#bound)}`);
    this.#plot.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#plot.replaceChildren(
      ...this.#drawAxes(ticks, x, y, width, height),
      ...this.#drawBeginning(x, height),
      ...this.#marks.filter(({ at }) => at > this.#from).map(({ at }) => draw('line', { class: 'mark', x1: x(at), x2: x(at), y1: TOP, y2: height - BOTTOM })),
      ...(isBoundNear ? [
        draw('line', { class: 'bound', x1: LEFT, x2: width - RIGHT, y1: y(this.#bound), y2: y(this.#bound) }),
        draw('text', { class: 'bound-name', x: width - RIGHT, y: y(this.#bound) - 4, 'text-anchor': 'end' }, `${this.#spec.bound.name} ${this.#spec.format(this.#bound)}`),
      ] : []),
      ...this.#legend.toReversed().flatMap((series) => this.#drawLine(series, x, y, height)),
      ...(this.#cursor === null || !shown ? [] : this.#drawCursor(shown, x, y, width, height)));
  }

  #drawAxes(ticks, x, y, width, height) {
    const every = [1, 2, 5].find((minutes) => (this.#to - this.#from) / minutes / 60000 <= width / 75) ?? 10;
    return [
      ...ticks.flatMap((tick) => [
        draw('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
        draw('text', { x: LEFT - 6, y: y(tick) + 3.5, 'text-anchor': 'end' }, this.#spec.axis(tick)),
      ]),
      ...minutesBetween(this.#from, this.#to, every).filter((at) => x(at) > LEFT + 12 && x(at) < width - RIGHT - 14).flatMap((at) => [
        draw('line', { class: 'tick', x1: x(at), x2: x(at), y1: height - BOTTOM, y2: height - BOTTOM + 4 }),
        draw('text', { x: x(at), y: height - 4, 'text-anchor': 'middle' }, minute(at)),
      ]),
    ];
  }

  /** The time before there was anything to measure. */
  #drawBeginning(x, height) {
    const first = this.#points[0]?.at ?? this.#to;
    const width = x(first) - LEFT;
    return width < 4 ? [] : [
      draw('rect', { class: 'before', x: LEFT, y: TOP, width, height: height - TOP - BOTTOM }),
      ...(width > 110 ? [draw('text', { class: 'before-name', x: LEFT + width / 2, y: TOP + (height - TOP - BOTTOM) / 2 + 4, 'text-anchor': 'middle' }, 'not running yet')] : []),
    ];
  }

  #drawLine({ key, kind }, x, y, height) {
    const pieces = [[]];
    for (const point of this.#points) {
      if (point[key] === null) {
        pieces.push([]);
      } else {
        pieces.at(-1).push(`${x(point.at).toFixed(1)},${y(point[key]).toFixed(1)}`);
      }
    }

    return pieces.filter((piece) => piece.length > 0).flatMap((piece) => {
      const [first, last] = [piece[0].split(',')[0], piece.at(-1).split(',')[0]];
      return [
        draw('path', { class: `area ${kind}`, d: `M${first},${height - BOTTOM}L${piece.join('L')}L${last},${height - BOTTOM}Z` }),
        draw('path', { class: `line ${kind}`, d: `M${piece.join('L')}${piece.length === 1 ? 'h0.1' : ''}` }),
      ];
    });
  }

  #drawCursor(point, x, y, width, height) {
    const at = x(point.at);
    const labelAt = Math.min(width - RIGHT - 30, Math.max(LEFT + 30, at));
    return [
      draw('line', { class: 'cursor', x1: at, x2: at, y1: TOP, y2: height - BOTTOM }),
      ...this.#legend.filter(({ key }) => point[key] !== null).map(({ key, kind }) => draw('circle', { class: `dot ${kind}`, cx: at, cy: y(point[key]), r: 3.5 })),
      draw('rect', { class: 'cursor-box', x: labelAt - 30, y: height - BOTTOM + 2, width: 60, height: 16, rx: 3 }),
      draw('text', { class: 'cursor-time', x: labelAt, y: height - 6, 'text-anchor': 'middle' }, clock(point.at)),
    ];
  }

  /** The legend, and what a screen reader says of the moment. */
  #tell(index, point) {
    for (const { key, value } of this.#legend) {
      setText(value, this.#spec.format(point?.[key] ?? null));
    }

    this.#slider.setAttribute('aria-valuemax', Math.max(0, this.#points.length - 1));
    this.#slider.setAttribute('aria-valuenow', Math.max(0, index));
    this.#slider.setAttribute('aria-valuetext', point
      ? `${clock(point.at)}: ${this.#legend.map(({ key, name }) => `${this.#spec.format(point[key])} ${name}`).join(', ')}`
      : 'nothing yet');
  }
}
