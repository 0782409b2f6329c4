// The dialog in which every order is confirmed, with what it takes to carry it out.

import { byId, make } from './dom.js';

const dialog = byId('confirm');
const form = dialog.querySelector('form');
const fields = byId('confirm-fields');
const fault = byId('confirm-fault');
let send = null;

byId('confirm-cancel').addEventListener('click', () => dialog.close());
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  fault.textContent = '';
  const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, form.elements[name].type === 'number' ? Number(value) : value]));

  // Closing at a rate is answered when the last one was told; the page shows how it goes, and a refusal comes at once.
  const answer = send(values).then(() => null, (error) => error);
  const outcome = await Promise.race([answer, new Promise((resolve) => { setTimeout(resolve, 300, null); })]);
  if (outcome) {
    fault.textContent = outcome.message;
  } else {
    dialog.close();
  }
});

/**
 * Opens the dialog.
 * @param order head; words; details, an element; fields, each a label and the properties of its input; go, the button's words; isDanger; send(values), whose
 * refusal is shown.
 */
export function confirm(order) {
  byId('confirm-head').textContent = order.head;
  byId('confirm-words').textContent = order.words;
  byId('confirm-details').replaceChildren(...(order.details ? [order.details] : []));
  fields.replaceChildren(...(order.fields ?? []).map(({ label, options, ...input }) => make('label', {}, label, ' ', options
    ? make('select', input, ...options.map(([value, words]) => make('option', { value }, words)))
    : make('input', { autocomplete: 'off', ...input }))));
  const go = byId('confirm-go');
  go.textContent = order.go;
  go.className = order.isDanger ? 'danger' : 'primary';
  fault.textContent = '';
  send = order.send;
  dialog.showModal();
}

/** How sockets are told to go: what a drain and a close ask for alike. */
export const closeFields = (perSecond, code = 1012) => [
  { label: 'Sockets per second', name: 'perSecond', type: 'number', min: 1, max: 1000000, value: perSecond, required: true },
  { label: 'Close code', name: 'code', type: 'number', min: 1000, max: 4999, value: code, required: true },
  { label: 'Reason', name: 'reason', maxLength: 123, placeholder: 'none' },
];

/** An empty reason is none. */
export const orderOf = ({ reason, ...order }) => (reason ? { ...order, reason } : order);
