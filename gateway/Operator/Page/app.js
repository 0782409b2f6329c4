// The operator's page: what comes by itself is shown everywhere, and the views fetch the rest while they are seen.

import { byId, setText } from './dom.js';
import { Feed } from './feed.js';
import { count, day } from './format.js';
import { Router } from './router.js';
import { Access } from './views/access.js';
import { Destinations } from './views/destinations.js';
import { Overview } from './views/overview.js';
import { Refusals } from './views/refusals.js';
import { Routes } from './views/routes.js';
import { Sockets } from './views/sockets.js';

const feed = new Feed();
const views = {
  overview: new Overview(feed),
  sockets: new Sockets(),
  destinations: new Destinations(feed),
  routes: new Routes(),
  refusals: new Refusals(),
  access: new Access(),
};

feed.addEventListener('history', ({ detail }) => {
  setText(byId('host'), detail.host);
  setText(byId('about'), `YarpWs ${detail.version} · started ${day(detail.startedAt)}`);
});

feed.addEventListener('link', ({ detail: isUp }) => {
  setText(byId('link'), isUp ? 'Live' : 'The gateway does not answer; trying again …');
  byId('link').classList.toggle('lost', !isUp);
  document.body.classList.toggle('stale', !isUp);
});

feed.addEventListener('pulse', ({ detail: pulse }) => {
  const isOut = (destination) => destination.draining || destination.health === 'unhealthy';
  setText(byId('ready'), pulse.isReady ? 'ready' : 'not ready');
  byId('ready').className = `badge ${pulse.isReady ? 'good' : 'bad'}`;
  setText(byId('count-sockets'), count(pulse.now.sockets));
  const out = pulse.destinations.filter(isOut).length;
  setText(byId('count-destinations'), out > 0 ? `${out} out` : count(pulse.destinations.length));
  byId('count-destinations').classList.toggle('warn', out > 0);
  setText(byId('count-routes'), pulse.hasRefusedRoutes ? 'file refused' : `r${pulse.revision}`);
  byId('count-routes').classList.toggle('warn', pulse.hasRefusedRoutes);
  setText(byId('count-refusals'), pulse.limitsAtWork > 0 ? `${pulse.limitsAtWork} at work` : '');
  byId('count-refusals').classList.toggle('warn', pulse.limitsAtWork > 0);
});

new Router(views).start();
feed.start();
