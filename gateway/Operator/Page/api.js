// The admin API, which the page has no other way around than the command line has.

/** Asks the gateway; a refusal is thrown in its own words. */
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? { method } : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  } catch {
    throw new Error('The gateway does not answer.');
  }

  if (!answer.ok) {
    throw new Error((await answer.text()).trim() || `The gateway answered ${answer.status}.`);
  }

  return answer.json();
}

export const get = (path) => ask('GET', path);

const drainPath = ({ cluster, id }) => `/destinations/${encodeURIComponent(id)}/drain?cluster=${encodeURIComponent(cluster)}`;

export const drain = (destination, order) => ask('POST', drainPath(destination), order);

export const putBack = (destination) => ask('DELETE', drainPath(destination));

export const closeSockets = (filter, order) => ask('POST', '/sockets/close', { ...order, filter, dryRun: false });

/** How many sockets a filter finds. */
export const countSockets = async (filter) => (await ask('POST', '/sockets/close', { filter, dryRun: true })).found;

export const rollBack = (revision) => ask('POST', '/routes/rollback', { revision: String(revision) });

export const revoke = (order) => ask('POST', '/revocations', order);
