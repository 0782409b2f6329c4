using YarpWs.Gateway.Tests.Setup;

namespace YarpWs.Gateway.Tests.Operator.Verbs;

/// <summary>Runs a verb of the executable as its user would, on files that a gateway could be started from.</summary>
internal static class VerbRun
{
    public static Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandRun.RunAsync(args);

    /// <summary>Adds to a text with routes what every file needs that is started from by itself. No line of it moves.</summary>
    public static string Whole(string text)
    {
        var login = $$"""{ "Schemes": { "Bearer": { "ValidAudiences": [ "yarpws" ], "SigningKeys": [ { "Issuer": "i", "Value": "{{Convert.ToBase64String(Tokens.Key)}}" } ] } } }""";
        return text.Replace(
            "\"ReverseProxy\"",
            $$"""
            "Kestrel": { "Endpoints": { "Http": { "Url": "http://127.0.0.1:0" } } }, "Authentication": {{login}}, "ReverseProxy"
            """,
            StringComparison.Ordinal);
    }
}
