using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Api;

public sealed class GroupsApiTests(NodeOnGarnet fixture) : IClassFixture<NodeOnGarnet>
{
    private const string AllGroups = "webpubsub.sendToGroup";

    /// <summary>Of the node under test.</summary>
    private const int MaxMessageBytes = 1000;

    private readonly TestNode _node = fixture.Node;
    private readonly string _name = "g" + Guid.NewGuid().ToString("N");

    private GroupKey Group => TestNode.Group(_name);

    [Theory]
    [InlineData("text/plain", "hello 中文")]
    [InlineData("text/plain; charset=utf-8", "hello")]
    [InlineData("text/plain;charset=\"utf-8\"", "hello")]
    [InlineData("TEXT/PLAIN", "hello")]
    [InlineData("text/plain", "")]
    [InlineData("application/json", """{ "a" : [1, "中文"] }""")]
    [InlineData("application/json; charset=utf-8", "5")]
    public async Task TextAndJson_ArriveAsText_AsTheyWereWritten(string contentType, string body)
    {
        await using var ann = await _node.JoinAsync(Group);

        using var answer = await SendAsync(body, contentType);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await ann.Client.ExpectAsync(body);
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task Bytes_ArriveInABinaryFrame(string? contentType)
    {
        byte[] bytes = [0, 0xff, 1];
        await using var ann = await _node.JoinAsync(Group);

        using var answer = await SendAsync(bytes, contentType);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var frame = await ann.Client.ReadFrameAsync();
        Assert.Equal(Opcode.Binary, frame!.Opcode);
        Assert.Equal(bytes, frame.Payload);
    }

    [Theory]
    [InlineData("utf-16", "äh 中文")]
    [InlineData("iso-8859-1", "äh")]
    [InlineData("us-ascii", "ah")]
    public async Task Text_OfAnotherCharset_ArrivesAsTheSameCharacters(string charset, string text)
    {
        await using var ann = await _node.JoinAsync(Group);

        using var answer = await SendAsync(Encoding.GetEncoding(charset).GetBytes(text), $"text/plain; charset={charset}");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await ann.Client.ExpectAsync(text);
    }

    [Fact]
    public async Task Message_IsFromTheTokensUser()
    {
        await using var ann = await _node.JoinAsync(Group, AttributedProtocol.Instance);

        using var answer = await SendAsync("hello", "text/plain");

        await ann.Client.ExpectAsync("""{"message":"hello","from":"ann","node":"a"}""");
    }

    [Fact]
    public async Task Send_WhenNobodyIsThere_Succeeds()
    {
        using var answer = await SendAsync("hello", "text/plain");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{\"a\": 1,}")]
    [InlineData("{} {}")]
    [InlineData("\uFEFF{}")]
    public async Task Json_ThatIsNone_Is400(string body)
    {
        using var answer = await SendAsync(body, "application/json");

        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, target: "body");
    }

    [Theory]
    [InlineData("application/json", new byte[] { (byte)'"', 0xff, (byte)'"' })]
    [InlineData("application/json", new byte[] { (byte)'"', 0xed, 0xa0, 0x80, (byte)'"' })]
    [InlineData("text/plain", new byte[] { 0xff })]
    [InlineData("text/plain; charset=utf-16", new byte[] { 0x00, 0xd8 })]
    [InlineData("text/plain; charset=us-ascii", new byte[] { 0x80 })]
    public async Task Text_ThatIsNotInItsCharset_Is400(string contentType, byte[] body)
    {
        using var answer = await SendAsync(body, contentType);

        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, target: "body");
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json-patch+json")]
    [InlineData("nonsense")]
    [InlineData("text/plain; charset=klingon")]
    [InlineData("text/plain; charset=utf-7")]
    public async Task AnotherContentType_Is415(string contentType)
    {
        using var answer = await SendAsync("hello", contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Theory]
    [InlineData(MaxMessageBytes, HttpStatusCode.Accepted, false)]
    [InlineData(MaxMessageBytes / 2, HttpStatusCode.Accepted, true)]
    [InlineData(MaxMessageBytes + 1, HttpStatusCode.RequestEntityTooLarge, false)]
    [InlineData(MaxMessageBytes + 1, HttpStatusCode.RequestEntityTooLarge, true)]
    public async Task Body_LongerThanAMessageMayBe_Is413(int length, HttpStatusCode status, bool isChunked)
    {
        using var request = Request(HttpMethod.Post, $"{Path(_name)}/:send");
        request.Content = new ByteArrayContent(new byte[length]);
        request.Headers.TransferEncodingChunked = isChunked;

        using var answer = await _node.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/:send", null, 401, "Error.Unauthorized")]
    [InlineData("PUT", "/:send", "text/plain", 405, "Error.MethodNotAllowed")]
    [InlineData("POST", "/:nothing", "text/plain", 404, "Error.NotFound")]
    [InlineData("POST", "/:send", "text/html", 415, "Error.UnsupportedMediaType")]
    public async Task Refusal_OfEachKind_SaysWhy(string method, string path, string? contentType, int status, string code)
    {
        using var request = Request(new HttpMethod(method), Path(_name) + path);
        if (contentType is null)
        {
            request.Headers.Authorization = null;
        }
        else
        {
            request.Content = new StringContent("text", mediaType: new(contentType));
        }

        using var answer = await _node.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Send_WithoutAToken_Is401()
    {
        using var request = Request(HttpMethod.Post, $"{Path(_name)}/:send");
        request.Headers.Authorization = null;

        using var answer = await _node.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("webpubsub.joinLeaveGroup")]
    [InlineData("webpubsub.sendToGroup.other")]
    [InlineData("webpubsub.sendToGroup.")]
    [InlineData("WEBPUBSUB.SENDTOGROUP")]
    public async Task Send_WithoutTheRole_Is403(string role)
    {
        using var answer = await SendAsync("hello", "text/plain", roles: [role]);

        await AssertRefusedAsync(answer, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Send_WithoutAnyRole_Is403()
    {
        using var answer = await SendAsync("hello", "text/plain", roles: []);

        await AssertRefusedAsync(answer, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task RoleForOneGroup_IsGoodForThatOne()
    {
        using var answer = await SendAsync("hello", "text/plain", roles: ["webpubsub.joinLeaveGroup", $"{AllGroups}.{_name}"]);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/hubs/1chat/groups/blue", "hub")]
    [InlineData("/api/hubs/ch-at/groups/blue", "hub")]
    [InlineData("/api/hubs/ch%2Fat/groups/blue", "hub")]
    [InlineData("/api/hubs/chat/groups/%20", "group")]
    [InlineData("/api/hubs/chat/groups/%09%0A", "group")]
    public async Task Name_ThatIsNotValid_Is400_AndSaysWhich(string path, string target)
    {
        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", path);

        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, target);
    }

    [Theory]
    [InlineData(1024, HttpStatusCode.Accepted)]
    [InlineData(1025, HttpStatusCode.BadRequest)]
    public async Task GroupName_HasAtMost1024Characters(int length, HttpStatusCode status)
    {
        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", Path(new string('g', length)));

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%20b", "a b")]
    [InlineData("a+b", "a+b")]
    [InlineData("%E4%B8%AD", "中")]
    [InlineData("a%3Fb", "a?b")]
    [InlineData(":send", ":send")]
    [InlineData("groups", "groups")]
    public async Task GroupName_IsDecodedOnce(string written, string name)
    {
        await using var ann = await _node.JoinAsync(TestNode.Group(name));

        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", Path(written));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await ann.Client.ExpectAsync("hello");
    }

    [Theory]
    [InlineData("groups")]
    [InlineData("hubs")]
    [InlineData("api")]
    public async Task Hub_MayBeCalledLikeAPartOfTheAddress(string hub)
    {
        await using var ann = await _node.JoinAsync(TestNode.Group(_name, hub));

        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", $"/api/hubs/{hub}/groups/{_name}");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await ann.Client.ExpectAsync("hello");
    }

    [Theory]
    [InlineData("filter=userId%20ne%20'ann'", "filter")]
    [InlineData("excluded=1&excluded=2", "excluded")]
    [InlineData("messageTtlSeconds=60", "messageTtlSeconds")]
    [InlineData("fliter=x", "fliter")]
    [InlineData("api-version=2024-01-01&Filter=", "Filter")]
    public async Task Parameter_ThatIsNotKnown_Is400(string query, string target)
    {
        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", Path(_name), query);

        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, target);
    }

    [Fact]
    public async Task ApiVersion_IsTaken()
    {
        using var answer = await SendAsync("hello"u8.ToArray(), "text/plain", Path(_name), "api-version=2024-01-01");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public async Task Head_TellsWhetherTheGroupHasAMember()
    {
        using var before = await HeadAsync(_node, AllGroups);
        await using var ann = await _node.JoinAsync(Group);
        using var during = await HeadAsync(_node, AllGroups);
        await _node.LeaveAsync(Group, ann);
        using var after = await HeadAsync(_node, AllGroups);

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.NotFound], new[] { before, during, after }.Select(answer => answer.StatusCode));
    }

    [Fact]
    public async Task Head_WithoutTheRole_Is403()
    {
        using var answer = await HeadAsync(_node, "webpubsub.joinLeaveGroup");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Requests_WhileRedisIsAway_Are503_AndSayWhenToComeBack()
    {
        await using var redis = new EmbeddedGarnet();
        await using var node = await TestNode.StartUnreadyAsync(redis, "t");
        using var request = Request(HttpMethod.Post, $"{Path(_name)}/:send", node);
        request.Content = new StringContent("hello");

        using var send = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        using var head = await HeadAsync(node, AllGroups);

        await AssertRefusedAsync(send, HttpStatusCode.ServiceUnavailable);
        Assert.All([send, head], answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString())));
    }

    [Fact]
    public async Task OpenApi_ListsBothOperations_WithoutALogin()
    {
        await using var document = await _node.Http.GetStreamAsync(new Uri(_node.Address, "/openapi/v1.json"), TestContext.Current.CancellationToken);
        using var json = await JsonDocument.ParseAsync(document, cancellationToken: TestContext.Current.CancellationToken);

        var operations = json.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"));
        Assert.Equal(["head /api/hubs/{hub}/groups/{group}", "post /api/hubs/{hub}/groups/{group}/:send"], operations.Order());
        Assert.Equal("YarpWs rooms", json.RootElement.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal("bearer", json.RootElement.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString());
        Assert.True(json.RootElement.GetProperty("security")[0].TryGetProperty("bearer", out _));
    }

    private static string Path(string group) => $"/api/hubs/chat/groups/{group}";

    private static async Task AssertRefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string? target = null)
    {
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == status, $"Expected {status}, got {answer.StatusCode}: {body}");
        using var json = JsonDocument.Parse(body);
        Assert.NotEmpty(json.RootElement.GetProperty("message").GetString()!);
        Assert.Equal(target, json.RootElement.TryGetProperty("target", out var named) ? named.GetString() : null);
    }

    private Task<HttpResponseMessage> SendAsync(string body, string contentType, string[]? roles = null) =>
        SendAsync(Encoding.UTF8.GetBytes(body), contentType, roles: roles);

    private async Task<HttpResponseMessage> SendAsync(byte[] body, string? contentType, string? path = null, string query = "", string[]? roles = null)
    {
        using var request = Request(HttpMethod.Post, $"{path ?? Path(_name)}/:send?{query}");
        request.Headers.Authorization = Tokens.Bearer(roles ?? [AllGroups]);
        request.Content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return await _node.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<HttpResponseMessage> HeadAsync(TestNode node, string role)
    {
        using var request = Request(HttpMethod.Head, Path(_name), node);
        request.Headers.Authorization = Tokens.Bearer(role);
        return await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, TestNode? node = null)
    {
        var request = new HttpRequestMessage(method, new Uri((node ?? _node).Address, path));
        request.Headers.Authorization = Tokens.Bearer(AllGroups);
        return request;
    }
}
