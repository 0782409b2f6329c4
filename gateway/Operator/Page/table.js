// A table whose rows stay while what they show does: a row that is replaced every second loses the focus, and clicks.

import { make, setText } from './dom.js';

export class Table {
  #columns;
  #keyOf;
  #body = make('tbody');
  #heads = new Map();
  #rows = new Map();

  /**
   * @param caption What is listed, for those who do not see it.
   * @param columns Each a head; show(item, cell), which returns a text or fills the cell; kind, a class; sort, the key to sort by.
   * @param keyOf What a row is known by.
   * @param sorted Told the key of a head that was chosen.
   */
  constructor(caption, columns, keyOf, sorted) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    const heads = columns.map(({ head, kind, sort }) => {
      const cell = make('th', { scope: 'col', className: kind ?? '' });
      if (sort) {
        cell.append(make('button', { type: 'button', className: 'sort', onclick: () => sorted(sort) }, head));
        this.#heads.set(sort, cell);
      } else {
        cell.append(head);
      }

      return cell;
    });
    this.element = make('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `${caption}, as a table` },
      make('table', {}, make('caption', { className: 'unseen' }, caption), make('thead', {}, make('tr', {}, ...heads)), this.#body));
  }

  /** @param words What is said instead of rows when there are none. */
  show(items, words = 'Nothing.') {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, row] of this.#rows) {
      if (!keys.has(key)) {
        row.remove();
        this.#rows.delete(key);
      }
    }

    items.forEach((item, index) => {
      const key = this.#keyOf(item);
      const row = this.#rows.get(key) ?? this.#make(key);
      this.#columns.forEach((column, at) => {
        const text = column.show(item, row.cells[at]);
        if (text !== undefined) {
          setText(row.cells[at], String(text ?? '–'));
          if (column.kind?.includes('long')) {
            row.cells[at].title = String(text ?? '');
          }
        }
      });
      if (this.#body.rows[index] !== row) {
        this.#body.insertBefore(row, this.#body.rows[index] ?? null);
      }
    });
    this.#showEmpty(items.length === 0 ? words : null);
  }

  showSort(sort) {
    for (const [key, head] of this.#heads) {
      const isSorted = sort === key || sort === `-${key}`;
      head.setAttribute('aria-sort', isSorted ? (sort.startsWith('-') ? 'descending' : 'ascending') : 'none');
    }
  }

  #make(key) {
    const row = make('tr', {}, ...this.#columns.map(({ kind }) => make('td', { className: kind ?? '' })));
    this.#rows.set(key, row);
    return row;
  }

  #showEmpty(words) {
    const shown = this.#body.querySelector('.empty');
    if (words === null) {
      shown?.remove();
    } else if (shown) {
      setText(shown.cells[0], words);
    } else {
      this.#body.append(make('tr', { className: 'empty' }, make('td', { colSpan: this.#columns.length }, words)));
    }
  }
}
