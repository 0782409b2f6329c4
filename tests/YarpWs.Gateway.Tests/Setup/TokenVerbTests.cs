using Microsoft.IdentityModel.JsonWebTokens;
using static YarpWs.Gateway.Tests.Setup.CommandRun;

namespace YarpWs.Gateway.Tests.Setup;

public sealed class TokenVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-token-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Write(string authentication)
    {
        var file = Path.Combine(_directory, "settings.json");
        File.WriteAllText(file, $$"""{ "Authentication": { "Schemes": { {{authentication}} } } }""");
        return file;
    }

    private static string Shared(string name, string issuer) =>
        $$"""
        "{{name}}": { "ValidAudiences": [ "app of {{name}}", "other" ], "SigningKeys": [ { "Id": "k1", "Issuer": "{{issuer}}", "Value": "{{Convert.ToBase64String(Tokens.Key)}}" } ] }
        """;

    [Fact]
    public async Task Token_SaysWhoItIsFor_ByWhom_ForWhat_AndForHowLong()
    {
        var (code, output, error) = await RunAsync(
            "token", Write(Shared("Bearer", "me")), "--user", "ann", "--role", "reader", "--role", "webpubsub.sendToGroup", "--session-id", "s1", "--minutes", "0.5");

        Assert.Equal((0, ""), (code, error));
        var token = new JsonWebToken(output.Trim());
        Assert.Equal(("me", "ann", "s1", "k1", "HS256"), (token.Issuer, token.Subject, token.GetClaim("sid").Value, token.Kid, token.Alg));
        Assert.Equal(["app of Bearer"], token.Audiences);
        Assert.Equal(["reader", "webpubsub.sendToGroup"], token.Claims.Where(claim => claim.Type == "role").Select(claim => claim.Value));
        Assert.Equal(TimeSpan.FromSeconds(30), token.ValidTo - token.IssuedAt);
    }

    [Fact]
    public async Task Scheme_IsAskedFor_WhereThereAreSeveral()
    {
        var file = Write($"{Shared("One", "1")}, {Shared("Two", "2")}");

        var (code, output, error) = await RunAsync("token", file, "--user", "ann");

        Assert.Equal((1, ""), (code, output));
        Assert.EndsWith($"Authentication:Schemes: name one with --scheme: One, Two.{Environment.NewLine}", error, StringComparison.Ordinal);
        Assert.Equal("2", new JsonWebToken((await RunAsync("token", file, "--user", "ann", "--scheme", "Two")).Output.Trim()).Issuer);
    }

    [Theory]
    [InlineData("", "names no scheme, so nothing takes a token; `yarpws key`")]
    [InlineData("\"Bearer\": { \"Authority\": \"https://login.example.com/\", \"ValidAudiences\": [ \"a\" ] }", "its tokens are made by https://login.example.com/ alone")]
    [InlineData("\"Bearer\": { \"ValidAudiences\": [ \"a\" ] }", "holds no key; `yarpws key`")]
    [InlineData("\"Bearer\": { \"ValidAudiences\": [ \"a\" ], \"SigningKeyFiles\": [ \"none.json\" ] }", "none.json' does not exist")]
    public async Task Settings_ThatCannotSign_AreRefused_WithWhatToDo(string authentication, string expected)
    {
        var (code, output, error) = await RunAsync("token", Write(authentication), "--user", "ann");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublicKey_SignsNothing_AndItsPrivateOneIsAskedFor()
    {
        await RunAsync("key", "--algorithm", "ES256", "--output", Path.Combine(_directory, "es.json"));
        var file = Write("\"Bearer\": { \"ValidAudiences\": [ \"a\" ], \"SigningKeyFiles\": [ \"es.pub.json\" ] }");

        Assert.Contains("name the file of the private one with --key", (await RunAsync("token", file, "--user", "ann")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "holds a public key, which signs nothing", (await RunAsync("token", file, "--user", "ann", "--key", Path.Combine(_directory, "es.pub.json"))).Error, StringComparison.Ordinal);
        Assert.Equal("ES256", new JsonWebToken((await RunAsync("token", file, "--user", "ann", "--key", Path.Combine(_directory, "es.json"))).Output.Trim()).Alg);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("50000")]
    [InlineData("soon")]
    public async Task Minutes_OutOfBounds_AreRefused(string minutes)
    {
        var (code, _, error) = await RunAsync("token", Write(Shared("Bearer", "me")), "--user", "ann", "--minutes", minutes);

        Assert.Equal(1, code);
        Assert.Contains($"'{minutes}' is out of bounds", error, StringComparison.Ordinal);
    }
}
