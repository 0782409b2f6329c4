// Certificates with what is left of them, and the logins that were taken back.

import { get, revoke } from '../api.js';
import { confirm } from '../confirm.js';
import { badge, byId, make, setText } from '../dom.js';
import { count, day, duration, secondsSince } from '../format.js';
import { Table } from '../table.js';

const DAY = 86400;

function expiryOf({ notAfter }) {
  const left = -secondsSince(notAfter);
  return left <= 0 ? ['bad', 'expired'] : [left < 7 * DAY ? 'bad' : left < 30 * DAY ? 'warn' : 'good', `${duration(left)} left`];
}

function whoOf(one) {
  return one.everybody ? 'everybody' : one.user !== undefined ? `user ${one.user}` : one.sessionId !== undefined ? `session ${one.sessionId}` : `token ${one.tokenId}`;
}

export class Access {
  #certificates = new Table('Certificates', [
    { head: 'Names', kind: 'wrap', show: ({ names, subject }) => names?.join(', ') || subject },
    { head: 'Expiry', show: (one, cell) => {
      const [kind, words] = expiryOf(one);
      if (cell.textContent !== words) {
        cell.replaceChildren(badge(kind, words));
      }
    } },
    { head: 'Until', show: ({ notAfter }) => day(notAfter) },
    { head: 'In use since', show: ({ since }) => day(since) },
    { head: 'File', kind: 'long', show: ({ file }) => file },
    { head: 'Setting', kind: 'long', show: ({ setting }) => setting },
    { head: 'Fault of the newer file', kind: 'wrap', show: ({ error }) => (error ? `${error.text}, since ${day(error.since)}` : 'none') },
  ], ({ setting, file }) => `${setting} ${file}`);

  #revocations = new Table('Revocations in force', [
    { head: 'Whose', kind: 'long', show: whoOf },
    { head: 'Issuer', kind: 'long', show: ({ issuer }) => issuer ?? 'any' },
    { head: 'Tokens issued up to', show: ({ before }) => (before ? day(before) : 'whenever') },
    { head: 'In force until', show: ({ until }) => day(until) },
  ], (one) => `${whoOf(one)} ${one.issuer ?? ''} ${one.before ?? ''}`);

  constructor() {
    byId('certificate-table').append(this.#certificates.element);
    byId('revocation-table').append(this.#revocations.element);
    byId('revoke').addEventListener('click', () => this.#revoke());
  }

  async refresh() {
    const [{ certificates, authorities }, { total, revocations }] = await Promise.all([get('/certificates'), get('/revocations')]);
    this.#certificates.show(certificates, 'No endpoint has a certificate: this gateway listens without TLS.');
    this.#revocations.show(revocations, 'Nobody is revoked.');
    setText(byId('revocations-found'), total > revocations.length ? `The newest ${count(revocations.length)} of ${count(total)}.` : '');
    byId('authority-faults').replaceChildren(...authorities.filter(({ error }) => error).map(({ file, error }) => make('p', { className: 'problem bad' }, make('strong', {}, file), ` ${error.text}`)));
  }

  #revoke() {
    confirm({
      head: 'Revoke a login?',
      words: 'On every gateway its sockets are closed with 4004, and its tokens refused. It is not taken back; whoever is meant can log in again.',
      fields: [
        { label: 'What', name: 'kind', options: [['user', 'a user (sub)'], ['sessionId', 'a session (sid)'], ['tokenId', 'a token (jti)']] },
        { label: 'Which', name: 'name', required: true, maxLength: 1000 },
        { label: 'Issuer (iss)', name: 'issuer', maxLength: 1000, placeholder: 'any' },
      ],
      go: 'Revoke',
      isDanger: true,
      send: async ({ kind, name, issuer }) => {
        await revoke({ [kind]: name, ...(issuer ? { issuer } : {}) });
        await this.refresh();
      },
    });
  }
}
