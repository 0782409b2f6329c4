// Elements made and kept without mark-up: whatever a user wrote is only ever text.

/** Makes an element. Properties are set as such, those with a dash as attributes; null is left out. */
export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null) {
      continue;
    }

    if (key.includes('-') || key === 'role' || key === 'scope') {
      made.setAttribute(key, value);
    } else {
      made[key] = value;
    }
  }

  made.append(...children.filter((child) => child !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only where it differs, so that nothing is drawn, selected or read out anew for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** A state in a colour and in words. */
export const badge = (kind, words) => make('span', { className: `badge ${kind}` }, words);

/** Pairs of a name and a value, as a list. */
export function definitions(pairs) {
  return make('dl', {}, ...pairs.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value ?? '–'))));
}
