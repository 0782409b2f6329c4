// What the end of a socket means to the person who reads it, and whether coming back by oneself is welcome.

const endings = new Map([
  [1000, { words: 'The connection was closed', mayReturn: false }],
  [1001, { words: 'The server is going away', mayReturn: true }],
  [1002, { words: 'The server did not understand this page', mayReturn: false }],
  [1006, { words: 'The connection broke', mayReturn: true }],
  [1007, { words: 'The server received text that is none', mayReturn: false }],
  [1008, { words: 'A rule of the server was broken', mayReturn: true }],
  [1009, { words: 'The message was too big', mayReturn: false }],
  [1011, { words: 'The server could not take the message', mayReturn: false }],
  [1012, { words: 'The server restarts', mayReturn: true }],
  [1013, { words: 'The server is busy', mayReturn: true }],
  [4001, { words: 'This page read too slowly', mayReturn: true }],
  [4002, { words: 'Messages were lost on the way', mayReturn: true }],
  [4003, { words: 'The login has expired', mayReturn: true }],
  [4004, { words: 'The login was revoked', mayReturn: false }],
]);

/** The code in words, with the server's own reason where it gave one. */
export function ending(code, reason) {
  const { words, mayReturn } = endings.get(code) ?? { words: 'The connection was closed', mayReturn: false };
  return { words: `${words} (${reason ? `${code}, ${reason}` : code}).`, mayReturn };
}
