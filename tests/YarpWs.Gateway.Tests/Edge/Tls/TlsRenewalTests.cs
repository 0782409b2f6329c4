using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using static YarpWs.Gateway.Tests.Edge.Tls.TlsTestGateway;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>A certificate is renewed while hundreds of sockets carry messages over the old one and others come in.</summary>
public sealed class TlsRenewalTests
{
    private const int Crowd = 200;

    [Fact]
    public async Task RenewedCertificate_IsWhatComersGet_ABrokenOneIsNot_AndACrowdLosesNoSocketAndNoMessage()
    {
        await using var gateway = await StartAsync();
        var members = new List<Member>();
        for (var count = 0; count < Crowd; count++)
        {
            members.Add(new Member(await gateway.ConnectAsync(HttpVersion.Version11)));
        }

        using var end = new CancellationTokenSource();
        var talking = TalkAsync(members, end.Token);
        var shown = new Queue<string>();
        var coming = ComeInAsync(gateway, shown, end.Token);

        using var before = await gateway.HandshakeAsync("chat.example");
        using var renewed = gateway.Files.Save("own", "chat.example");
        await gateway.Gateway.Log.ExpectAsync(Taken);
        using var first = await gateway.HandshakeAsync("chat.example");
        gateway.Files.Replace("own.pem", "garbage");
        while (!(await gateway.Gateway.Log.ExpectAsync(Refused)).Contains("no certificate with the key", StringComparison.Ordinal))
        {
            // Certificate and key are two files: what stood between the two writes of the good one may have been complained about.
        }

        using var kept = await gateway.HandshakeAsync("chat.example");
        var page = (await gateway.CertificatesAsync()).GetProperty("certificates")[0];
        await end.CancelAsync();
        await Task.WhenAll(talking, coming);

        Assert.Equal((renewed.Thumbprint, renewed.Thumbprint), (first.Thumbprint, kept.Thumbprint));
        Assert.Contains("no certificate with the key", page.GetProperty("error").GetProperty("text").GetString(), StringComparison.Ordinal);

        // Who came meanwhile got the old one, then the new one, and never the old one again.
        Assert.Equal([before.Thumbprint, renewed.Thumbprint], shown.Aggregate(new List<string>(), (list, one) => list is [.., var last] && last == one ? list : [.. list, one]));
        Assert.All(members, member => Assert.True(member.Echoed > 1, $"A member has had {member.Echoed} messages back."));
        foreach (var member in members)
        {
            await member.LeaveAsync();
        }
    }

    /// <summary>Has everybody say something, over and over. Fails where somebody does not hear exactly that.</summary>
    private static async Task TalkAsync(List<Member> members, CancellationToken end)
    {
        do
        {
            await Task.WhenAll(members.Select(member => member.EchoAsync()));
        }
        while (!end.IsCancellationRequested);
    }

    private static async Task ComeInAsync(TlsTestGateway gateway, Queue<string> shown, CancellationToken end)
    {
        do
        {
            using var certificate = await gateway.HandshakeAsync("chat.example");
            shown.Enqueue(certificate.Thumbprint);
        }
        while (!end.IsCancellationRequested);
    }

    private sealed class Member(ClientWebSocket socket)
    {
        private readonly byte[] _buffer = new byte[64];

        public int Echoed { get; private set; }

        public async Task EchoAsync()
        {
            var text = (Echoed + 1).ToString(CultureInfo.InvariantCulture);
            await socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
            var received = await socket.ReceiveAsync(_buffer.AsMemory(), Deadline.Token());
            Assert.Equal((WebSocketMessageType.Text, text), (received.MessageType, Encoding.ASCII.GetString(_buffer, 0, received.Count)));
            Echoed++;
        }

        public async Task LeaveAsync()
        {
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());
            Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
            socket.Dispose();
        }
    }
}
