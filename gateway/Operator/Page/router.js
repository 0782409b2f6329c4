// Which view is shown, from the address behind '#': #/sockets, #/sockets/7, #/sockets?user=ann.

import { byId, make } from './dom.js';

const EVERY = 2000;

export class Router {
  #views;
  #name = null;
  #turn = 0;

  /** @param views By name: each may have enter(argument, conditions), when it is come to, and refresh(), which is asked every two seconds while it is seen. */
  constructor(views) {
    this.#views = views;
  }

  start() {
    window.addEventListener('hashchange', () => this.#go());
    document.addEventListener('visibilitychange', () => this.#refresh());
    setInterval(() => this.#refresh(), EVERY);
    this.#go();
  }

  #go() {
    const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, argument] = path.split('/').map(decodeURIComponent);
    const before = this.#name;
    this.#name = Object.hasOwn(this.#views, name) ? name : 'overview';
    for (const view of Object.keys(this.#views)) {
      byId(`view-${view}`).hidden = view !== this.#name;
    }

    for (const link of byId('views').querySelectorAll('a')) {
      const isHere = link.hash === `#/${this.#name}`;
      link.toggleAttribute('aria-current', isHere);
      if (isHere) {
        link.setAttribute('aria-current', 'page');
        link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        document.title = `${link.firstChild.textContent} · YarpWs gateway`;
      }
    }

    this.#views[this.#name].enter?.(argument ?? null, new URLSearchParams(query));
    if (before !== null && before !== this.#name) {
      window.scrollTo(0, 0);
    }

    this.#refresh();
  }

  async #refresh() {
    if (document.hidden) {
      return;
    }

    const [name, turn] = [this.#name, ++this.#turn];
    try {
      await this.#views[name].refresh?.();
      if (turn === this.#turn) {
        this.#complain(null);
      }
    } catch (error) {
      if (name === this.#name) {
        this.#complain(error.message);
      }
    }
  }

  #complain(words) {
    byId('fault').replaceChildren(...(words === null ? [] : [make('p', {}, words)]));
  }
}
