// Rooms over Redis, as the documentation of Socket.IO writes them: node server.js PORT REDIS_PORT
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const [port, redis] = process.argv.slice(2).map(Number);
const publisher = createClient({ url: `redis://127.0.0.1:${redis}` });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

// A client that waits for its turn answers no pings meanwhile.
const io = new Server({ pingTimeout: 600_000, transports: ['websocket'], adapter: createAdapter(publisher, subscriber) });
io.on('connection', (socket) => {
  socket.on('join', async (group, done) => {
    await socket.join(group);
    done();
  });
  socket.on('send', (group, text) => io.to(group).emit('heard', text));
});
io.listen(port);
