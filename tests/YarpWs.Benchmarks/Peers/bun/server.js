// Rooms by the server's own publish, in one process and without a store, as its documentation writes them: bun server.js PORT
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch(request, server) {
    const group = new URL(request.url).pathname;
    return server.upgrade(request, { data: { group } }) ? undefined : new Response('WebSockets only', { status: 426 });
  },
  websocket: {
    data: {},
    open: (socket) => socket.subscribe(socket.data.group),
    // To the others by the socket and back to itself would be two calls; the server's own goes to all.
    message: (socket, text) => server.publish(socket.data.group, JSON.parse(text).message),
    // A client that waits for its turn says nothing meanwhile.
    idleTimeout: 0,
  },
});
