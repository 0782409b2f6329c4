// Lines of the last two minutes, drawn as SVG. Colours and strokes are the style sheet's.

const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 120;

/** A chart in a figure; each series has a name that stands in the legend with its newest value. */
export class Chart {
  #series;
  #format;
  #svg = document.createElementNS(SVG, 'svg');

  constructor(figure, names, format = (value) => Math.round(value).toLocaleString()) {
    this.#format = format;
    const legend = document.createElement('ul');
    legend.className = 'legend';
    this.#svg.setAttribute('viewBox', `0 0 ${POINTS - 1} 100`);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    this.#svg.setAttribute('aria-hidden', 'true');
    this.#series = names.map((name, index) => {
      const [item, value, line] = [document.createElement('li'), document.createElement('strong'), document.createElementNS(SVG, 'polyline')];
      item.className = `series-${index}`;
      item.append(value, ` ${name}`);
      legend.append(item);
      line.classList.toggle('second', index > 0);
      this.#svg.append(line);
      return { value, line, values: [] };
    });
    figure.append(legend, this.#svg);
  }

  /** Adds one value to each series; null is nothing known. */
  add(...values) {
    this.#series.forEach((series, index) => {
      series.values.push(values[index]);
      series.values.splice(0, series.values.length - POINTS);
      series.value.textContent = values[index] === null ? '–' : this.#format(values[index]);
    });
    const top = Math.max(1e-9, ...this.#series.flatMap((series) => series.values.map((value) => value ?? 0)));
    for (const { line, values: known } of this.#series) {
      const from = POINTS - known.length;
      line.setAttribute('points', known.flatMap((value, at) => (value === null ? [] : [`${from + at},${(100 - (95 * value) / top).toFixed(1)}`])).join(' '));
    }
  }
}

/** The largest counts, as a small table in a figure. */
export class Counts {
  #body = document.createElement('tbody');

  constructor(figure) {
    const table = document.createElement('table');
    table.append(this.#body);
    figure.append(table);
  }

  show(counts) {
    const largest = Object.entries(counts).filter(([, count]) => count > 0).sort((one, other) => other[1] - one[1]).slice(0, 4);
    this.#body.replaceChildren(...largest.map(([name, count]) => {
      const [row, head, cell] = [document.createElement('tr'), document.createElement('th'), document.createElement('td')];
      head.scope = 'row';
      head.textContent = name;
      cell.className = 'number';
      cell.textContent = count.toLocaleString();
      row.append(head, cell);
      return row;
    }));
  }
}
