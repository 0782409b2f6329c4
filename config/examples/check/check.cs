// A site whose people log in by a cookie of ASP.NET Core, and the check that the gateway asks: dotnet run check.cs -- --urls http://127.0.0.1:8000
#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
var app = builder.Build();

// The check: who it is, or 401.
app.MapGet("/auth/check", (ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true }
    ? Results.Json(new { user = user.Identity.Name, roles = user.FindAll(ClaimTypes.Role).Select(role => role.Value) })
    : Results.Unauthorized());

// What the site has already; a real one asks for more than a name.
app.MapPost("/login", ([FromForm] string name) => Results.SignIn(
    new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, name), new(ClaimTypes.Role, "webpubsub.sendToGroup")], CookieAuthenticationDefaults.AuthenticationScheme)),
    new() { RedirectUri = "/" })).DisableAntiforgery();
app.MapPost("/logout", () => Results.SignOut(new() { RedirectUri = "/" }));
app.Run();
