using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Handshakes;

/// <summary>A destination whose answers the test writes byte for byte.</summary>
internal sealed class RawDestination : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public RawDestination() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether somebody else has connected.</summary>
    public bool IsAskedAgain => _listener.Pending();

    /// <summary>A handshake as the proxy makes it.</summary>
    public HttpRequestMessage Handshake(string target = "/ws") => HandshakeTo($"http://127.0.0.1:{Port}{target}");

    public static HttpRequestMessage HandshakeTo(string address)
    {
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, in asWritten)) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        return request;
    }

    /// <summary>Takes the next connection.</summary>
    public async Task<Socket> AcceptSocketAsync()
    {
        var socket = await _listener.AcceptSocketAsync(Deadline.Token());
        socket.NoDelay = true;
        return socket;
    }

    /// <summary>Takes the next connection, and what is asked on it.</summary>
    public async Task<Asked> AcceptAsync()
    {
        var socket = await AcceptSocketAsync();
        var stream = new NetworkStream(socket, ownsSocket: true);
        return new Asked(await ReadHeadAsync(stream) ?? throw new EndOfStreamException("Nothing was asked."), stream);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Null when the connection ends before.</summary>
    private static async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var (head, isWhole) = await ReadToAsync(stream, "\r\n\r\n");
        return isWhole ? head : null;
    }

    /// <summary>Byte by byte, since what follows is left to the next reader.</summary>
    private static async Task<(string Text, bool IsWhole)> ReadToAsync(NetworkStream stream, string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        var deadline = Deadline.Token();
        while (text.Length < end.Length || text.ToString(text.Length - end.Length, end.Length) != end)
        {
            if (await stream.ReadAsync(buffer, deadline) == 0)
            {
                return (text.ToString(), false);
            }

            text.Append((char)buffer[0]);
        }

        return (text.ToString(), true);
    }

    /// <summary>One connection, whose request has come.</summary>
    internal sealed record Asked(string Head, NetworkStream Connection) : IDisposable
    {
        public async Task AnswerAsync(string text) => await Connection.WriteAsync(Encoding.Latin1.GetBytes(text), Deadline.Token());

        /// <summary>The next request on the same connection; null when the other side closes it instead.</summary>
        public async Task<Asked?> AskedAgainAsync() => await ReadHeadAsync(Connection) is { } head ? new Asked(head, Connection) : null;

        /// <summary>All up to and with a text, of what follows the head.</summary>
        public async Task<string> ReadToAsync(string end)
        {
            var (text, isWhole) = await RawDestination.ReadToAsync(Connection, end);
            Assert.True(isWhole, $"The connection ended after: {text}");
            return text;
        }

        /// <summary>Ends when the other side has closed the connection after it has sent this and no more, in order or not.</summary>
        public async Task ClosedBehindAsync(string text)
        {
            await ReadToAsync(text);
            try
            {
                Assert.Equal(0, await Connection.ReadAsync(new byte[1], Deadline.Token()));
            }
            catch (IOException)
            {
                // Cut, which says as much.
            }
        }

        /// <summary>Sends without end, and ends when the other side closes the connection.</summary>
        public async Task SendUntilClosedAsync()
        {
            var bytes = new byte[64 * 1024];
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                while (true)
                {
                    await Connection.WriteAsync(bytes, Deadline.Token());
                }
            });
        }

        /// <summary>Ends when the other side has closed the connection; a reset is no orderly close and fails.</summary>
        public async Task ClosedAsync() => Assert.Equal(0, await Connection.ReadAsync(new byte[1], Deadline.Token()));

        public void Dispose() => Connection.Dispose();
    }
}
