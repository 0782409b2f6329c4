using System.Net;
using System.Text;
using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Bodies that the platform's client asks for twice, as it does for streams that a GOAWAY says were not looked at.</summary>
public sealed class ReplayHandlerTests
{
    [Fact]
    public async Task SmallBodyOverHttp2_CanBeSentAgain()
    {
        using var client = new HttpMessageInvoker(new ReplayHandler(new Twice()));
        using var request = Request("body", HttpVersion.Version20);
        using var answer = await client.SendAsync(request, Deadline.Token());

        Assert.Equal("4 body, 4 body", await answer.Content.ReadAsStringAsync(Deadline.Token()));
    }

    [Theory]
    [InlineData("1.1", 4)]
    [InlineData("2.0", ReplayHandler.MostBytes + 1)]
    public async Task BodyOverHttp1_OrALargeOne_IsNotKept(string version, int length)
    {
        using var client = new HttpMessageInvoker(new ReplayHandler(new Twice()));
        using var request = Request(new string('x', length), Version.Parse(version));

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.SendAsync(request, Deadline.Token()));
    }

    private static HttpRequestMessage Request(string body, Version version) => new(HttpMethod.Post, "http://a/") { Version = version, Content = new Once(body) };

    /// <summary>A body that can be read once, as that of a client.</summary>
    private sealed class Once : HttpContent
    {
        private readonly byte[] _bytes;
        private bool _isRead;

        public Once(string body)
        {
            _bytes = Encoding.ASCII.GetBytes(body);
            Headers.ContentLength = _bytes.Length;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            if (_isRead)
            {
                throw new InvalidOperationException("Stream was already consumed.");
            }

            _isRead = true;
            return stream.WriteAsync(_bytes).AsTask();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }

    private sealed class Twice : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var bodies = new List<string>();
            for (var time = 0; time < 2; time++)
            {
                using var body = new MemoryStream();
                await request.Content!.CopyToAsync(body, cancellationToken);
                bodies.Add($"{request.Content.Headers.ContentLength} {Encoding.ASCII.GetString(body.ToArray())}");
            }

            return new HttpResponseMessage { Content = new StringContent(string.Join(", ", bodies)) };
        }
    }
}
