using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>Takes what processes export over OTLP/gRPC. Of the protocol's messages it reads what the tests ask for, by the numbers of their fields.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Exported> _logs = [];
    private readonly ConcurrentQueue<Exported> _spans = [];

    private OtlpCollector(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Lines of logs: the body, and the attributes beside it.</summary>
    public IReadOnlyCollection<Exported> Logs => _logs;

    /// <summary>Spans: the name, and the attributes.</summary>
    public IReadOnlyCollection<Exported> Spans => _spans;

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.Run(collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);

        // One message: a flag, four bytes of length, and it.
        var message = body.ToArray();
        Take(context.Request.Path.Value!, message.AsMemory(5, (int)BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(1))));
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private void Take(string service, ReadOnlyMemory<byte> request)
    {
        var (taken, text, attributes) = service switch
        {
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => (_logs, 5, 6),
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => (_spans, 5, 9),
            _ => (null, 0, 0),
        };
        foreach (var one in taken is null ? [] : Children(Children([request], 1, 2), 2))
        {
            // A span's name is a string; a record's body is a value that holds one.
            var name = Children([one], text).Select(value => taken == _logs ? Children([value], 1).FirstOrDefault() : value).FirstOrDefault();
            taken!.Enqueue(new Exported(
                Encoding.UTF8.GetString(name.Span),
                [.. Children([one], attributes).Select(pair => $"{String(pair, 1)}={Children([pair], 2).Select(value => String(value, 1)).FirstOrDefault()}")]));
        }
    }

    private static string String(ReadOnlyMemory<byte> message, int field) => Encoding.UTF8.GetString(Children([message], field).FirstOrDefault().Span);

    /// <summary>What stands in these fields, one below the other.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Children(IEnumerable<ReadOnlyMemory<byte>> messages, params int[] path) =>
        path.Aggregate(messages, (found, field) => found.SelectMany(message => Fields(message).Where(one => one.Number == field).Select(one => one.Value)));

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Value)> Fields(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0)
        {
            var tag = (int)Varint(ref message);
            var length = (tag & 7) switch
            {
                1 => 8,
                2 => (int)Varint(ref message),
                5 => 4,
                _ => 0,
            };
            if ((tag & 7) == 0)
            {
                Varint(ref message);
            }
            else
            {
                yield return (tag >> 3, message[..length]);
            }

            message = message[length..];
        }
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message.Span[0];
            message = message[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}

/// <param name="Text">The line, or the span's name.</param>
/// <param name="Attributes"><c>key=value</c>, of values that are strings.</param>
internal sealed record Exported(string Text, IReadOnlyList<string> Attributes)
{
    public override string ToString() => $"{Text} ({string.Join(", ", Attributes)})";
}
