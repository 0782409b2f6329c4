using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Forwarding.Http1;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>Sends the bytes that a test gives it to whoever asks, and the two that ask: the gateway's carrier, and the proxy's forwarder with the platform's client.</summary>
internal sealed class AnsweringDestination : IDisposable
{
    public const int MaxHeaderBytes = 64 << 10;

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(3);
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan FirstByteTimeout = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan ActivityTimeout = TimeSpan.FromMinutes(20);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly ClientMetrics _metrics = new();
    private readonly ServiceProvider _services;
    private readonly HttpMessageInvoker _ownClient;
    private readonly RouteModel _route;

    /// <param name="time">Measures how old connections are, and how long an answer takes.</param>
    /// <param name="route">Whose transforms there are; null for one without.</param>
    public AnsweringDestination(TimeProvider? time = null, RouteConfig? route = null)
    {
        var clock = time ?? TimeProvider.System;
        _listener.Start();
        var clients = new DestinationClients(
            _loops, new Descriptors(), Names.OfSystem, new TraceContext(IsRecorded: false), Options.Create(new ForwardingOptions { MaxResponseHeadersBytes = MaxHeaderBytes }), _metrics, clock,
            NullLogger<ForwarderHttpClientFactory>.Instance);
        _ownClient = ((IForwarderHttpClientFactory)clients).CreateClient(new ForwarderHttpClientContext
        {
            ClusterId = "backend",
            NewConfig = HttpClientConfig.Empty,
            NewMetadata = new Dictionary<string, string>
            {
                ["Connections.ConnectTimeout"] = $"{Deadline.Length}",
                ["Connections.NameLifetime"] = $"{Lifetime}",
                ["Connections.FirstByteTimeout"] = $"{FirstByteTimeout}",
            },
        });

        var services = new ServiceCollection().AddLogging().AddRouting().AddSingleton(new TraceContext(IsRecorded: false)).AddSingleton<CarriedRoutes>();
        services.AddSingleton<ITransformFactory, RawPathTransformFactory>().AddSingleton<ITransformProvider, GatewayTransforms>().AddSingleton<ITransformProvider, RequestHeaderTransforms>();
        services.AddSingleton<ITransformProvider, AnswerRedirects>().AddSingleton<ITransformProvider, AnswerCookies>().AddSingleton<ITransformProvider, AccelRedirects>();
        services.AddSingleton<ITransformProvider>(provider => provider.GetRequiredService<CarriedRoutes>()).AddReverseProxy();
        _services = services.BuildServiceProvider();
        route ??= RouteOf();
        _route = new RouteModel(route, cluster: null, _services.GetRequiredService<ITransformBuilder>().Build(route, cluster: null));

        Platform = new Asking(
            _services.GetRequiredService<IHttpForwarder>(),
            new HttpMessageInvoker(new SocketsHttpHandler
            {
                UseCookies = false,
                UseProxy = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
                RequestHeaderEncodingSelector = static (_, _) => HeaderText.Encoding,
                ResponseHeaderEncodingSelector = static (_, _) => HeaderText.Encoding,
                MaxResponseHeadersLength = MaxHeaderBytes / 1024,
            }));
        Own = new Asking(new Carrier(new Refusing(), clients, _services.GetRequiredService<CarriedRoutes>(), clock, NullLoggerFactory.Instance), _ownClient);
    }

    /// <summary>A route with these transforms of the proxy's schema, and these settings of the gateway's own.</summary>
    public static RouteConfig RouteOf(IReadOnlyList<IReadOnlyDictionary<string, string>>? transforms = null, string? settings = null) => new()
    {
        RouteId = "open",
        ClusterId = "backend",
        Match = new RouteMatch { Path = "/{**rest}" },
        Transforms = transforms,
        Metadata = settings is null ? null : new Dictionary<string, string> { ["YarpWs.RouteSettings"] = settings },
    };

    public Asking Own { get; }

    public Asking Platform { get; }

    /// <summary>Whether somebody else has connected.</summary>
    public bool IsAskedAgain => _listener.Pending();

    /// <summary>What a client makes of an answer, behind which the destination ends the connection: all of it in a line, or that it failed before its head, or behind.</summary>
    /// <param name="asking">One of both.</param>
    /// <param name="answer">A character stands for each byte.</param>
    /// <param name="cuts">Where it is cut into pieces that are sent one after the other, in order.</param>
    /// <param name="method">That of the request.</param>
    public async Task<Verdict> OfAsync(Asking asking, string answer, IReadOnlyList<int>? cuts = null, string method = "GET")
    {
        using var judged = new CancellationTokenSource();
        var answering = AnswerAsync(answer, cuts ?? [], judged.Token);
        var verdict = await AskAsync(asking, context => context.Request.Method = method, Deadline.Token());
        await judged.CancelAsync();
        await answering;
        return verdict;
    }

    public Task<Verdict> OwnAsync(string answer, string method = "GET") => OfAsync(Own, answer, method: method);

    public Task<Verdict> PlatformsAsync(string answer, string method = "GET") => OfAsync(Platform, answer, method: method);

    /// <summary>Asks by the carrier.</summary>
    public Task<Verdict> AskAsync(string method = "GET", CancellationToken? cancellation = null) => AskAsync(Own, context => context.Request.Method = method, cancellation ?? Deadline.Token());

    /// <summary>Asks by the carrier, with a request of this method that is changed.</summary>
    public Task<Verdict> AskAsync(string method, Action<HttpContext> change) => AskAsync(
        Own,
        context =>
        {
            context.Request.Method = method;
            change(context);
        },
        Deadline.Token());

    /// <summary>Gives a request a body that has come with its head, and has it taken as the gateway does.</summary>
    public static void GiveBody(HttpContext context, string method, string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body);
        (context.Request.Method, context.Request.ContentLength) = (method, bytes.Length);
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(CanHaveBody: true));
        context.Features.Set<IRequestBodyPipeFeature>(new Received(PipeReader.Create(new ReadOnlySequence<byte>(bytes))));
        Assert.NotNull(SmallBody.TryTake(context));
    }

    /// <summary>The head, and the body if there is one, that the destination gets of a request; null when it was left to the proxy's forwarder, or could not be sent.</summary>
    /// <param name="asking">Who sends it.</param>
    /// <param name="change">Makes the request.</param>
    public async Task<string?> RequestOfAsync(Asking asking, Action<HttpContext> change)
    {
        var asked = AskAsync(asking, change, Deadline.Token());
        var accepted = AcceptAsync();
        if (await Task.WhenAny(asked, accepted) == asked)
        {
            // The next one is made for it.
            using var other = new TcpClient();
            await other.ConnectAsync((IPEndPoint)_listener.LocalEndpoint, Deadline.Token());
            (await accepted).Dispose();
            return null;
        }

        using var connection = await accepted;
        var request = await ReadRequestAsync(connection);
        await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Deadline.Token());
        Assert.True((await asked).IsWhole);
        return request;
    }

    public Task<Socket> AcceptAsync() => AcceptUntilAsync(Deadline.Token());

    public async Task<Socket> AcceptUntilAsync(CancellationToken cancellation)
    {
        var socket = await _listener.AcceptSocketAsync(cancellation);
        socket.NoDelay = true;
        return socket;
    }

    /// <summary>Ends when a whole request has come; false when the connection ended before.</summary>
    public static async Task<bool> IsAskedAsync(Socket connection) => await ReadRequestAsync(connection) is not null;

    /// <summary>Whether a head and the body that it tells of are there.</summary>
    public static bool IsWhole(string request)
    {
        const string Length = "\r\nContent-Length: ";
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var at = request.IndexOf(Length, StringComparison.Ordinal);
        return end >= 0 && (at < 0 || request.Length >= end + 4 + int.Parse(request[(at + Length.Length)..request.IndexOf('\r', at + 2)], CultureInfo.InvariantCulture));
    }

    private static async Task<string?> ReadRequestAsync(Socket connection)
    {
        var read = "";
        var buffer = new byte[1024];
        while (!IsWhole(read))
        {
            var count = await connection.ReceiveAsync(buffer, Deadline.Token());
            if (count == 0)
            {
                return null;
            }

            read += Encoding.Latin1.GetString(buffer, 0, count);
        }

        return read;
    }

    public void Dispose()
    {
        _ownClient.Dispose();
        Platform.Client.Dispose();
        _services.Dispose();
        _listener.Dispose();
        _loops.Dispose();
        _metrics.Dispose();
    }

    private async Task<Verdict> AskAsync(Asking asking, Action<HttpContext> change, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = "GET", Protocol = "HTTP/1.1", Scheme = "http", Path = "/", Host = new HostString("a.example") }, RequestAborted = cancellation };
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/";
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(CanHaveBody: false));
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailing());
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature { Route = _route });
        context.Response.Body = body;
        change(context);
        await asking.Forwarder.SendAsync(
            context, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/", asking.Client, new ForwarderRequestConfig { ActivityTimeout = ActivityTimeout }, _route.Transformer,
            CancellationToken.None);
        return Verdict.Of(context, body.ToArray());
    }

    /// <summary>A client may ask again where nothing came.</summary>
    private async Task AnswerAsync(string answer, IReadOnlyList<int> cuts, CancellationToken judged)
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptSocketAsync(judged);
                connection.NoDelay = true;
                await AnswerAsync(connection, answer, cuts);
            }
        }
        catch (OperationCanceledException)
        {
            // It asks no more.
        }
    }

    private static async Task AnswerAsync(Socket connection, string answer, IReadOnlyList<int> cuts)
    {
        try
        {
            Assert.True(await IsAskedAsync(connection));
            var bytes = Encoding.Latin1.GetBytes(answer);
            var begun = 0;
            foreach (var cut in (IEnumerable<int>)[.. cuts, bytes.Length])
            {
                await connection.SendAsync(bytes.AsMemory(begun, cut - begun), Deadline.Token());
                begun = cut;
            }

            connection.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client had enough of it.
        }
    }

    private sealed class Refusing : IHttpForwarder
    {
        public ValueTask<ForwarderError> SendAsync(
            HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer)
        {
            context.Features.Set<IForwarderErrorFeature>(new Left());
            return ValueTask.FromResult(ForwarderError.RequestCreation);
        }

        private sealed class Left : IForwarderErrorFeature
        {
            public ForwarderError Error => ForwarderError.RequestCreation;

            public Exception? Exception { get; } = new InvalidOperationException("The request was left to the proxy's forwarder.");
        }
    }

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;

    private sealed record Received(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class Trailing : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
    }
}

/// <summary>One of those who can carry a request.</summary>
/// <param name="Forwarder">Carries it.</param>
/// <param name="Client">What it is given for that.</param>
internal sealed record Asking(IHttpForwarder Forwarder, HttpMessageInvoker Client);

/// <summary>What a client is given for an answer.</summary>
/// <param name="Text">Status, headers, content and trailers; nothing but what it is where it failed.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
internal sealed record Verdict(string Text, Exception? Failure)
{
    public bool IsWhole => Failure is null;

    /// <summary>What was wrong, as it is known to programs.</summary>
    public HttpRequestError? Error => (Failure as HttpRequestException)?.HttpRequestError ?? (Failure as HttpIOException)?.HttpRequestError;

    public static Verdict Of(HttpContext context, byte[] body)
    {
        if (context.Features.Get<IForwarderErrorFeature>() is { } failed)
        {
            return new Verdict($"{failed.Error}, {context.Response.StatusCode}.", failed.Exception);
        }

        var text = new StringBuilder($"{context.Response.StatusCode} {context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase}");
        Append(text, context.Response.Headers);
        text.Append(" = ").Append(Encoding.Latin1.GetString(body));
        Append(text, context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers);
        return new Verdict(text.ToString(), null);
    }

    public override string ToString() => Failure is null ? Text : $"{Text} {Failure.Message}";

    private static void Append(StringBuilder text, IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers.OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            // The server sends the number, however many zeros it began with.
            text.Append(" | ").Append(name).Append(": ").AppendJoin(", ", name == "Content-Length" && headers.ContentLength is { } length ? [$"{length}"] : values.ToArray());
        }
    }
}
