using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>A request as a backend received it.</summary>
public sealed record Arrival(string Method, string Target, Dictionary<string, string[]> Headers)
{
    /// <summary>The header's lines, joined; null when it did not arrive.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value is { } lines ? string.Join(", ", lines) : null;

    /// <summary>Everything but the named header, as one text to search.</summary>
    public string Without(string name) =>
        JsonSerializer.Serialize(this with { Headers = Headers.Where(header => !header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToDictionary() });
}

/// <summary>
/// A backend that answers every request, and opens every WebSocket, with what it received: as a body of JSON, or as the first message. A plain request may say by X-Answer which
/// status the answer has, and by X-Lead where it leads.
/// </summary>
public sealed class EchoBackend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, IHttpRequestLifetimeFeature> _open = new();
    private int _sockets;

    private EchoBackend(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>WebSockets that it holds now.</summary>
    public int Sockets => Volatile.Read(ref _sockets);

    /// <summary>The status it answers handshakes with; null to accept them.</summary>
    public int? RefusesWith { get; set; }

    public static async Task<EchoBackend> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var echo = new EchoBackend(app);
        app.UseWebSockets();
        app.Run(echo.AnswerAsync);
        await app.StartAsync();
        return echo;
    }

    /// <summary>Cuts the connections of all sockets, as a process that is killed does.</summary>
    public void CutAll()
    {
        foreach (var request in _open.Values)
        {
            request.Abort();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(line => line ?? "").ToArray());
        var arrival = JsonSerializer.SerializeToUtf8Bytes(new Arrival(request.Method, target, headers));
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = int.TryParse(request.Headers["X-Answer"], CultureInfo.InvariantCulture, out var asked) ? asked : StatusCodes.Status200OK;
            context.Response.Headers.Location = request.Headers["X-Lead"].ToString() is { Length: > 0 } place ? place.Replace("$host", request.Host.Value, StringComparison.Ordinal) : null;
            context.Response.ContentType = "application/json";
            context.Response.Headers["X-Powered-By"] = "echo";
            context.Response.ContentLength = arrival.Length;
            await context.Response.Body.WriteAsync(arrival, context.RequestAborted);
        }
        else if (RefusesWith is { } status)
        {
            context.Response.StatusCode = status;
        }
        else
        {
            // Counted before the client hears of it.
            Interlocked.Increment(ref _sockets);
            await HoldAsync(context, arrival);
        }
    }

    private async Task HoldAsync(HttpContext context, byte[] greeting)
    {
        var aborted = context.RequestAborted;
        var id = context.TraceIdentifier;
        _open[id] = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
            await socket.SendAsync(greeting, WebSocketMessageType.Text, endOfMessage: true, aborted);
            while ((await socket.ReceiveAsync(new byte[1024].AsMemory(), aborted)).MessageType != WebSocketMessageType.Close)
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborted);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The client is gone.
        }
        finally
        {
            _open.TryRemove(id, out _);
            Interlocked.Decrement(ref _sockets);
        }
    }
}
