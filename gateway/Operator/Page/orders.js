// What the page may ask of the gateway, and the dialog in which each order is confirmed.

const dialog = document.getElementById('order');
const fields = dialog.querySelector('form').elements;
const fault = document.getElementById('order-fault');
let pending = null;

document.getElementById('cancel').addEventListener('click', () => dialog.close());
dialog.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const order = { perSecond: Number(fields.perSecond.value), code: Number(fields.code.value) };
  if (fields.reason.value !== '') {
    order.reason = fields.reason.value;
  }

  // Closing at a rate is answered when the last one was told; the table shows how it goes, and a refusal comes at once.
  const answer = pending(order);
  fault.textContent = '';
  const outcome = await Promise.race([answer.catch((error) => error), new Promise((resolve) => setTimeout(resolve, 300))]);
  if (outcome instanceof Error) {
    fault.textContent = outcome.message;
  } else {
    dialog.close();
  }
});

/** Asks the gateway; a refusal is thrown in its own words. */
export async function ask(method, path, body) {
  const answer = await fetch(path, body === undefined ? { method } : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error((await answer.text()).trim());
  }

  return answer.json();
}

function confirm(head, words, go, send) {
  document.getElementById('order-head').textContent = head;
  document.getElementById('order-words').textContent = words;
  document.getElementById('go').textContent = go;
  fault.textContent = '';
  pending = send;
  dialog.showModal();
}

/** Counts first what fits, and closes it when the operator says so. */
export async function closeSockets(filter) {
  const { found } = await ask('POST', '/sockets/close', { filter, dryRun: true });
  const conditions = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(', ') || 'every socket';
  confirm(`Close ${found.toLocaleString()} sockets?`, `Those that fit now: ${conditions}.`, `Close ${found.toLocaleString()} sockets`,
    (order) => ask('POST', '/sockets/close', { ...order, filter, dryRun: false }));
}

const drainOf = (destination) => `/destinations/${encodeURIComponent(destination.id)}/drain?cluster=${encodeURIComponent(destination.cluster)}`;

export function drain(destination) {
  confirm(`Drain ${destination.cluster}/${destination.id}?`,
    `What is new goes elsewhere from now on, and its ${destination.sockets.toLocaleString()} sockets are closed one after another.`, 'Drain',
    (order) => ask('POST', drainOf(destination), order));
}

export const putBack = (destination) => ask('DELETE', drainOf(destination));
