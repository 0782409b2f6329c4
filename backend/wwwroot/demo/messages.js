const longest = 500;
const nearEnd = 80;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The list of what was said, bounded. Everything that came over the wire goes in as text, never as markup. */
export class MessageList {
  #list;
  #template;
  #scroller;

  constructor(list, template) {
    this.#list = list;
    this.#template = template;
    this.#scroller = list.parentElement;
  }

  clear() {
    this.#list.replaceChildren();
  }

  /** A line of the page's own: joined, closed. */
  note(words) {
    const item = document.createElement('li');
    item.className = 'note';
    item.textContent = words;
    this.#append(item);
  }

  add({ text, from, node }, isOwn) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    item.dataset.from = from ?? '';
    item.dataset.node = node ?? '';
    item.classList.toggle('own', isOwn);
    item.classList.toggle('follows', this.#continues(item));

    const now = new Date();
    item.querySelector('.from').textContent = from ?? 'a server';
    item.querySelector('time').textContent = clock.format(now);
    item.querySelector('time').dateTime = now.toISOString();
    item.querySelector('.text').textContent = text;
    this.#label(item.querySelector('.node'), node);
    this.#append(item, isOwn);
  }

  /** Whether the same person goes on through the same node, so that both need not be told again. */
  #continues({ dataset }) {
    const last = this.#list.lastElementChild?.dataset;
    return last?.from === dataset.from && last?.node === dataset.node;
  }

  #label(badge, node) {
    badge.hidden = !node;
    badge.textContent = node ?? '';
    badge.title = `through node ${node}`;
    badge.style.setProperty('--hue', hueOf(node ?? ''));
  }

  #append(item, isOwn = false) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
    this.#list.append(item);
    while (this.#list.childElementCount > longest) {
      this.#list.firstElementChild.remove();
    }

    // Who reads further up is left there.
    if (wasAtEnd || isOwn) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
  }
}

/** The same colour for the same node on every page; neighbouring names fall far apart (the golden angle). */
function hueOf(name) {
  const hash = [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 100_003, 7);
  return Math.round((hash * 137.508) % 360);
}
