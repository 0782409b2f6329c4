#!/usr/bin/env dotnet
#:sdk Microsoft.NET.Sdk.Web
#:project gateway/YarpWs.Gateway.csproj
#:project backend/YarpWs.Backend.csproj
#:package Microsoft.Garnet
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// The whole system on loopback, from one command: dotnet run dev.cs
// An embedded Garnet (or the server that the variable REDIS names), two room servers, an issuer of development tokens, the gateway.

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Garnet;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Backend;
using YarpWs.Gateway;

const string Issuer = "dev.cs";
const string Audience = "yarpws";
const string Gateway = "http://127.0.0.1:8080";
const string Admin = "http://127.0.0.1:9900";

var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var key = RandomNumberGenerator.GetBytes(32);
var login = new Dictionary<string, string?>
{
    ["Authentication:Schemes:Bearer:Authority"] = "",
    ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Audience,
    ["Authentication:Schemes:Bearer:SigningKeys:0:Issuer"] = Issuer,
    ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(key),
};

// Before anything is started, so that nothing has to be stopped again.
if (Taken(8080, 9900, 5001, 5002) is { Length: > 0 } taken)
{
    await Console.Error.WriteLineAsync(
        $"127.0.0.1 has no room at {string.Join(", ", taken.Select(port => $"port {port}"))}: end what listens there (ss -ltnp shows it). Another dev.cs, perhaps?");
    return 1;
}

var redis = Environment.GetEnvironmentVariable("REDIS");
Console.WriteLine(redis is null ? "Starting an embedded Redis, two room servers, and the gateway ..." : $"Starting two room servers on the Redis at {redis}, and the gateway ...");
using var garnet = redis is null ? StartGarnet(out redis) : null;

var issuer = BuildIssuer();
await issuer.StartAsync();

var backends = new[] { (Name: "a", Port: 5001), (Name: "b", Port: 5002) }.Select(node => BackendHost.Build(Config("backend.json"), new Dictionary<string, string?>(login)
{
    ["Kestrel:Endpoints:Http:Url"] = $"http://127.0.0.1:{node.Port}",
    ["Redis:Configuration"] = redis,
    ["Node:Name"] = node.Name,
})).ToList();
await Task.WhenAll(backends.Select(backend => backend.StartAsync()));

var gateway = GatewayHost.Build(Config("gateway.json"), new Dictionary<string, string?>(login)
{
    ["Kestrel:Endpoints:Http:Url"] = Gateway,
    ["Admin:Url"] = Admin,
    ["Redis:Configuration"] = redis,
    ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = "http://127.0.0.1:5001/",
    ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = "http://127.0.0.1:5002/",
    ["ReverseProxy:Clusters:dev:Destinations:issuer:Address"] = issuer.Urls.First(),
    ["ReverseProxy:Routes:dev-token:ClusterId"] = "dev",
    ["ReverseProxy:Routes:dev-token:Match:Path"] = "/dev/token",
    ["ReverseProxy:Routes:dev-token:AuthorizationPolicy"] = "anonymous",
});
await gateway.StartAsync();

Console.WriteLine($"""

    Open          {Gateway}/            the demo page; in two tabs, you talk through two room servers
    Operate       {Admin}/            live sockets, destinations, drains; /readyz and /metrics for machines
    A token       {Gateway}/dev/token?user=ann      also role=, group=, minutes=
    Redis         {redis}{(garnet is null ? "" : " (Garnet, in memory)")}
    Stop          Ctrl+C

    """);
await stop.Task;

// Room servers first: their clients are told 1012 through a gateway that still runs.
await Task.WhenAll(backends.Select(backend => backend.StopAsync()));
await gateway.StopAsync();
await issuer.StopAsync();
return 0;

void Stop(PosixSignalContext context)
{
    // Ctrl+C ends this process in order, not at once.
    context.Cancel = true;
    stop.TrySetResult();
}

WebApplication BuildIssuer()
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    var app = builder.Build();
    app.MapGet("/dev/token", (string user, string[] role, string[] group, double minutes = 60) => Results.Text(
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(minutes),
            Claims = new Dictionary<string, object> { ["sub"] = user, ["role"] = role, ["webpubsub.group"] = group },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        })));
    return app;
}

static GarnetServer StartGarnet(out string address)
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    var port = ((IPEndPoint)listener.LocalEndpoint).Port;
    listener.Stop();
    address = $"127.0.0.1:{port}";

    // Without transaction mode, scripts of two connections interleave and messages are heard out of order.
    var server = new GarnetServer(["--port", $"{port}", "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "256m", "--index", "16m"]);
    server.Start();
    return server;
}

static int[] Taken(params int[] ports) => [.. ports.Where(port =>
{
    using var listener = new TcpListener(IPAddress.Loopback, port);
    try
    {
        listener.Start();
        return false;
    }
    catch (SocketException)
    {
        return true;
    }
})];

static string Config(string file, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "config", file);
