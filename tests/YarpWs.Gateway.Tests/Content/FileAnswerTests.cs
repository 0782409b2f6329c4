using System.Globalization;
using System.Net;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Routes that answer with files.</summary>
public sealed class FileAnswerTests
{
    private static readonly (string Name, string Text)[] Site =
    [
        ("www/index.html", "<p>home"), ("www/app.js", "1"), ("www/sub/index.html", "<p>sub"), ("www/sub/page.html", "<p>page"), ("www/empty/none.txt", "x"),
        ("www/data.bin", "0123456789"), ("www/.env", "SECRET=1"), ("secret.txt", "secret"),
    ];

    [Theory]
    [InlineData("/", "<p>home", "text/html")]
    [InlineData("/index.html", "<p>home", "text/html")]
    [InlineData("/app.js", "1", "text/javascript")]
    [InlineData("/sub/", "<p>sub", "text/html")]
    [InlineData("/sub/page.html?v=1", "<p>page", "text/html")]
    [InlineData("/data.bin", "0123456789", "application/octet-stream")]
    public async Task File_IsSent_WithItsType(string path, string text, string type)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        using var answer = await site.AskAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(text, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/none.html", 404)]
    [InlineData("/app.js/", 404)]
    [InlineData("/app.js/x", 404)]
    [InlineData("/empty/", 403)]
    [InlineData("/.env", 404)]
    [InlineData("/../secret.txt", 404)]
    [InlineData("/%2e%2e/secret.txt", 404)]
    [InlineData("/sub/%2e%2e/%2e%2e/secret.txt", 404)]
    [InlineData("/..%2fsecret.txt", 400)]
    [InlineData("/sub%2Fpage.html", 404)]
    [InlineData("/%252e%252e/secret.txt", 404)]
    [InlineData("/..;/secret.txt", 400)]
    [InlineData("/\\..\\secret.txt", 400)]
    [InlineData("/app.js%00.html", 400)]
    [InlineData("/%c0%ae%c0%ae/secret.txt", 404)]
    [InlineData("//etc/passwd", 404)]
    public async Task Target_ThatIsNoFileForClients_GetsNone(string target, int status)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        Assert.Equal(status, await site.StatusOfRawAsync(target));
    }

    [Fact]
    public async Task Name_ThatIsTooLong_IsNotThere()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        Assert.Equal(404, await site.StatusOfRawAsync("/" + new string('a', 5_000)));
    }

    /// <summary>A browser takes what begins with two slashes for another host.</summary>
    [Theory]
    [InlineData("/sub", "/sub/")]
    [InlineData("/sub?a=%2F", "/sub/?a=%2F")]
    [InlineData("//sub", "/sub/")]
    public async Task Directory_WithoutItsSlash_LeadsToTheOneWithIt(string target, string location)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        var head = await site.Gateway.SendRawAsync($"GET {target} HTTP/1.1", "Host: a.example");

        Assert.StartsWith("HTTP/1.1 301 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nLocation: {location}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_IsOnlyRead()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        using var answer = await site.AskAsync(HttpMethod.Delete, "/app.js");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Validators_SaveTheBody()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);
        using var first = await site.AskAsync("/data.bin");
        var (tag, modified) = (first.Headers.ETag!.ToString(), first.Content.Headers.LastModified!.Value.ToString("R", CultureInfo.InvariantCulture));

        using var same = await site.AskAsync("/data.bin", ("If-None-Match", $"\"x\", W/{tag}"));
        using var unchanged = await site.AskAsync("/data.bin", ("If-Modified-Since", modified));
        using var other = await site.AskAsync("/data.bin", ("If-Match", "\"x\""));

        Assert.Matches("^\"[0-9a-f]+-a\"$", tag);
        Assert.Equal([HttpStatusCode.NotModified, HttpStatusCode.NotModified, HttpStatusCode.PreconditionFailed], [same.StatusCode, unchanged.StatusCode, other.StatusCode]);
    }

    [Theory]
    [InlineData("bytes=2-4", "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=-2", "89", "bytes 8-9/10")]
    public async Task Range_IsSentAlone(string range, string text, string said)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        using var answer = await site.AskAsync("/data.bin", ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(said, answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(text, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Range_BeyondTheEnd_IsRefused_AndOneOfAnotherFileIsTheWhole()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        using var beyond = await site.AskAsync("/data.bin", ("Range", "bytes=10-"));
        using var whole = await site.AskAsync("/data.bin", ("Range", "bytes=2-4"), ("If-Range", "\"other\""));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        Assert.Equal("bytes */10", beyond.Content.Headers.ContentRange!.ToString());
        Assert.Equal("The range begins behind the end of the file, which has 10 bytes.\n", await beyond.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.OK, "0123456789"), (whole.StatusCode, await whole.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Alias_IsBehindTheRoutesOwnNames()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Own("'Files': { 'Alias': 'www/sub' }", "/static/v1/{**rest}") + ", " + SiteGateway.Own("'Files': { 'Alias': 'www/app.js' }", "/main.js", "one"), Site);

        Assert.Equal((HttpStatusCode.OK, "<p>page"), await site.GetAsync("/static/v1/page.html"));
        Assert.Equal((HttpStatusCode.OK, "<p>sub"), await site.GetAsync("/static/v1/"));
        Assert.Equal((HttpStatusCode.OK, "1"), await site.GetAsync("/main.js"));
        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/static/v1/app.js")).Status);
    }

    [Fact]
    public async Task Candidates_AreTriedInTheirOrder()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'TryFiles': [ '$uri', '$uri.html', '/app.js' ]"), Site);

        Assert.Equal("0123456789", (await site.GetAsync("/data.bin")).Text);
        Assert.Equal("<p>page", (await site.GetAsync("/sub/page")).Text);
        Assert.Equal("1", (await site.GetAsync("/none")).Text);
    }

    [Fact]
    public async Task SinglePageApplication_GetsItsPage_ForEveryPathThatIsNoFile()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Fallback': '/index.html'"), Site);

        Assert.Equal((HttpStatusCode.OK, "<p>home"), await site.GetAsync("/rooms/blue?x=1"));
        Assert.Equal((HttpStatusCode.OK, "1"), await site.GetAsync("/app.js"));
        Assert.Contains(site.Gateway.Log.Lines, line => line.Contains(" /rooms/blue 200 in ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fallback_ThatIsNotThereEither_IsNotFound()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Fallback': '/none.html'"), Site);

        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/rooms")).Status);
    }

    [Fact]
    public async Task Fallback_ToARoute_AsksItsDestination_ForWhatTheClientAskedFor()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Files(", 'Fallback': '@app'") + ", " + SiteGateway.Forwarded("'Internal': true", "/-/app", "app"), Site);

        Assert.Equal((HttpStatusCode.OK, "answer"), await site.GetAsync("/rooms/a%2Fb?x=1"));

        Assert.Contains(site.Destination.Arrivals, arrival => arrival.Target == "/rooms/a%2Fb?x=1");
        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/-/app")).Status);
    }

    [Fact]
    public async Task Fallback_ToARoute_AsksForWhatThatRouteAsks()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Files(", 'Fallback': '@app'") + ", " + SiteGateway.Forwarded("'Networks': [ { 'Deny': 'all' } ]", "/-/app", "app"), Site);

        Assert.Equal(HttpStatusCode.Forbidden, (await site.GetAsync("/rooms")).Status);
    }

    [Fact]
    public async Task Routes_ThatLeadInACircle_EndInAnError()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Own("'Files': { 'Root': 'www', 'Fallback': '@b' }", "/a", "a") + ", " + SiteGateway.Own("'Files': { 'Root': 'www', 'Fallback': '@a' }", "/b", "b"), Site);

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.GetAsync("/a")).Status);
    }

    [Fact]
    public async Task Precompressed_IsSentToThoseWhoTakeIt()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Precompressed': true"), [.. Site, ("www/app.js.gz", "gz"), ("www/app.js.br", "br")]);

        using var both = await site.AskAsync("/app.js", ("Accept-Encoding", "gzip, br"));
        using var gzip = await site.AskAsync("/app.js", ("Accept-Encoding", "gzip, br;q=0"));
        using var none = await site.AskAsync("/app.js");

        Assert.Equal([("br", "br"), ("gzip", "gz"), ("", "1")], [await EncodedAsync(both), await EncodedAsync(gzip), await EncodedAsync(none)]);
        Assert.All([both, gzip, none], answer =>
        {
            Assert.Equal("text/javascript", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        });

        static async Task<(string, string)> EncodedAsync(HttpResponseMessage answer) =>
            (string.Join(",", answer.Content.Headers.ContentEncoding), await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>What stands for another name is judged like any.</summary>
    [Theory]
    [InlineData("www/linked/index.html", "/linked/")]
    [InlineData("www/app.js.gz", "/app.js")]
    [InlineData("www/page.html", "/page")]
    public async Task Link_InPlaceOfAnotherName_LeadsNowhereEither(string link, string path)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Precompressed': true, 'TryFiles': [ '$uri', '$uri/', '$uri.html' ]"), Site);
        Directory.CreateDirectory(Path.GetDirectoryName(site.PathOf(link))!);
        File.CreateSymbolicLink(site.PathOf(link), site.PathOf("secret.txt"));

        Assert.DoesNotContain("secret", (await site.GetAsync(path, ("Accept-Encoding", "gzip"))).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/public/..%2F%5cgithub.com%2F%3f%2F..%2F..")]
    [InlineData("/%5cgithub.com/..%2f..")]
    [InlineData("//github.com/%2e%2e")]
    [InlineData("///github.com//..")]
    public async Task Directory_NeverLeadsToAnotherHost(string target)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);

        var head = await site.Gateway.SendRawAsync($"GET {target} HTTP/1.1", "Host: a.example");

        Assert.DoesNotContain("\r\nLocation: //", head, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nLocation: /\\", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Types_AndCharset_AreTheRoutes()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Types': { '.bin': 'text/x-own' }, 'Charset': 'utf-8', 'DefaultType': 'text/plain'"), [.. Site, ("www/README", "r")]);

        Assert.Equal("text/x-own; charset=utf-8", await TypeAsync("/data.bin"));
        Assert.Equal("text/plain; charset=utf-8", await TypeAsync("/README"));
        Assert.Equal("text/html; charset=utf-8", await TypeAsync("/"));

        async Task<string> TypeAsync(string path)
        {
            using var answer = await site.AskAsync(path);
            return answer.Content.Headers.ContentType!.ToString();
        }
    }

    /// <summary>An upload beside it and a rename over it is how files are replaced; who is getting the old one gets all of it.</summary>
    [Fact]
    public async Task File_ThatIsReplacedWhileItIsSent_GoesOnAsItWas()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);
        var old = new string('o', 8 << 20);
        await File.WriteAllTextAsync(site.PathOf("www/big.txt"), old, TestContext.Current.CancellationToken);
        using var answer = await site.Http.GetAsync("/big.txt", HttpCompletionOption.ResponseHeadersRead, Deadline.Token());

        await File.WriteAllTextAsync(site.PathOf("www/big.new"), "new", TestContext.Current.CancellationToken);
        File.Move(site.PathOf("www/big.new"), site.PathOf("www/big.txt"), overwrite: true);

        Assert.Equal(old, await answer.Content.ReadAsStringAsync(Deadline.Token()));
        Assert.Equal("new", (await site.GetAsync("/big.txt")).Text);
    }

    /// <summary>A part is never taken for the whole: the connection ends before the length that was said.</summary>
    [Fact]
    public async Task File_ThatIsCutWhileItIsSent_EndsTheConnection()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);
        await using (var sparse = File.Create(site.PathOf("www/big.bin")))
        {
            sparse.SetLength(1L << 30);
        }

        using var answer = await site.Http.GetAsync("/big.bin", HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        await using (var cut = new FileStream(site.PathOf("www/big.bin"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(1);
        }

        await using var body = await answer.Content.ReadAsStreamAsync(Deadline.Token());
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Deadline.Token()));
    }

    /// <summary>10 GiB that nobody has written cost neither disk nor memory; the client reads the first half of one and the last byte.</summary>
    [Fact]
    public async Task LargeFile_CostsNoMemory()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(), Site);
        await using (var sparse = File.Create(site.PathOf("www/huge.bin")))
        {
            sparse.SetLength(10L << 30);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var answer = await site.Http.GetAsync("/huge.bin", HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        Assert.Equal(10L << 30, answer.Content.Headers.ContentLength);
        await using var body = await answer.Content.ReadAsStreamAsync(Deadline.Token());
        var buffer = new byte[64 << 10];
        for (var read = 0; read < 512 << 20;)
        {
            read += await body.ReadAsync(buffer, Deadline.Token());
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 256 << 20);
        using var last = await site.AskAsync("/huge.bin", ("Range", "bytes=-1"));
        Assert.Equal("bytes 10737418239-10737418239/10737418240", last.Content.Headers.ContentRange!.ToString());
    }

    [Fact]
    public async Task Root_ThatIsNotThere_IsWarnedOf_AndEmpty()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Files': { 'Root': 'nowhere' }"));

        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/")).Status);
        Assert.Contains(site.Gateway.Log.Lines, line => line.Contains("'nowhere' is not there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Directory_IsListed_WithoutHiddenNames_AndLinksThatLeadOut()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Files(", 'Listing': { 'Format': 'Json' }"), ("www/pub/a<b>.txt", "12345"), ("www/pub/.env", "x"), ("www/pub/sub/x", "x"), ("secret.txt", "secret"));
        File.CreateSymbolicLink(site.PathOf("www/pub/out"), site.PathOf("secret.txt"));
        File.CreateSymbolicLink(site.PathOf("www/pub/in"), site.PathOf("www/pub/sub/x"));

        using var answer = await site.AskAsync("/pub/");

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        using var listed = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ["sub directory -", "a<b>.txt file 5", "in file 1"],
            listed.RootElement.EnumerateArray().Select(entry => $"{entry.GetProperty("name")} {entry.GetProperty("type")} {(entry.TryGetProperty("size", out var size) ? size.ToString() : "-")}"));
    }

    [Fact]
    public async Task Listing_EscapesNames_AndTheIndexGoesFirst()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Listing': { }"), ("www/pub/a<b>&\"c.txt", "1"), ("www/with/index.html", "index"));

        Assert.Contains("<a href=\"a%3Cb%3E%26%22c.txt\">a&lt;b&gt;&amp;&quot;c.txt</a>", (await site.GetAsync("/pub/")).Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "index"), await site.GetAsync("/with/"));
        Assert.Equal(HttpStatusCode.MovedPermanently, (await site.GetAsync("/pub")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/none/")).Status);
    }

    [Fact]
    public async Task Directory_WithMoreThanIsListed_IsRefused()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files(", 'Listing': { 'MaxEntries': 2 }"), ("www/two/a", "1"), ("www/two/b", "1"), ("www/three/a", "1"), ("www/three/b", "1"), ("www/three/c", "1"));

        Assert.Equal(HttpStatusCode.OK, (await site.GetAsync("/two/")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await site.GetAsync("/three/")).Status);
    }
}
