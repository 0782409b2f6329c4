using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace YarpWs.Gateway.Tests;

/// <summary>A backend that keeps what it was asked and echoes WebSocket messages.</summary>
internal sealed class Destination : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ConcurrentBag<HttpContext> _sockets = [];

    private Destination(WebApplication app) => _app = app;

    public ConcurrentQueue<Arrival> Arrivals { get; } = [];

    /// <summary>What it answers to handshakes instead of accepting them; null to accept.</summary>
    public int? RefuseWith { get; set; }

    /// <summary>The status of its answers to plain requests.</summary>
    public int AnswerStatus { get; set; } = StatusCodes.Status200OK;

    /// <summary>Where its answers to plain requests lead; null for nowhere.</summary>
    public string? AnswerLocation { get; set; }

    /// <summary>Whether it leaves handshakes without an answer.</summary>
    public bool Hangs { get; set; }

    /// <summary>What it waits for before it answers a plain request; null to answer at once.</summary>
    public TaskCompletionSource? Holds { get; set; }

    /// <summary>Answers plain requests in its place; null for its own answer.</summary>
    public Func<HttpContext, Task>? Answers { get; set; }

    /// <summary>Ends when the first plain request that it holds has come.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Ends the connections of all its sockets at once, as a process that is killed does.</summary>
    public void CutSockets()
    {
        while (_sockets.TryTake(out var socket))
        {
            socket.Abort();
        }
    }

    public string Address => _app.Urls.Single();

    /// <param name="url">Where it listens: any free port, or a Unix socket.</param>
    public static async Task<Destination> StartAsync(string url = "http://127.0.0.1:0")
    {
        // Empty, because a builder with defaults watches files, and a system has few of these watches.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseUrls(url);
        var app = builder.Build();
        var destination = new Destination(app);
        app.UseWebSockets();
        app.MapGet("/readyz", () => "ready");
        app.MapFallback("{**path}", destination.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return destination;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        Arrivals.Enqueue(new Arrival(context.Request.Method, target, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (!context.WebSockets.IsWebSocketRequest)
        {
            if (Holds is { } held)
            {
                _asked.TrySetResult();
                await held.Task;
            }

            if (Answers is { } answers)
            {
                await answers(context);
                return;
            }

            context.Response.StatusCode = AnswerStatus;
            context.Response.Headers.Location = AnswerLocation;
            await context.Response.WriteAsync("answer");
            return;
        }

        if (Hangs)
        {
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (RefuseWith is { } status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("refused");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        _sockets.Add(context);
        await EchoAsync(socket, context.RequestAborted);
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken aborted)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), aborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, aborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(..received.Count), received.MessageType, received.EndOfMessage, aborted);
        }
    }
}

internal sealed record Arrival(string Method, string Target, IReadOnlyDictionary<string, string> Headers);
