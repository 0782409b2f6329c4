// The same check for Express with express-session: a session whose user the site has set when that logged in. In the gateway's settings: "Cookies": [ "connect.sid" ].
app.get("/auth/check", (request, response) => {
  const { user, roles = [] } = request.session;
  return user ? response.json({ user, roles }) : response.status(401).end();
});
