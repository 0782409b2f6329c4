using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Setup;

/// <summary><c>yarpws token</c>: makes a token that a gateway or a room server with these settings lets in.</summary>
internal static class TokenVerb
{
    /// <summary>Longer is no development token any more, and a gateway could not take it back (<c>Revocations:MaxTokenLifetime</c>, 30 days).</summary>
    private const double MaxMinutes = 30 * 24 * 60;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Settings of a gateway or of a room server.", DefaultValueFactory = _ => "gateway.json" };
        var user = new Option<string>("--user") { Description = "Who it is for (sub).", Required = true, HelpName = "NAME" };
        user.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && string.IsNullOrWhiteSpace(name))
            {
                result.AddError("--user: the name is empty; a token says whose it is.");
            }
        });
        var role = new Option<string[]>("--role") { Description = "A role; may be given several times. webpubsub.sendToGroup may push to every group.", HelpName = "ROLE" };
        var session = new Option<string?>("--session-id") { Description = "The session it belongs to (sid).", HelpName = "ID" };
        var minutes = new Option<double>("--minutes")
        {
            Description = $"How long it is good for, at most {MaxMinutes}.",
            HelpName = "MINUTES",
            DefaultValueFactory = _ => 60,
            CustomParser = Minutes,
        };
        var scheme = new Option<string?>("--scheme") { Description = "The scheme of Authentication:Schemes that takes it. Default the only one with a key that signs.", HelpName = "NAME" };
        var key = new Option<string?>("--key") { Description = "The private key, JWK or PEM, where the settings hold the public one alone.", HelpName = "FILE" };
        var command = new Command("token", "Makes a token that a gateway with these settings lets in, and prints it.") { file, user, role, session, minutes, scheme, key };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(file),
            parsed.GetValue(scheme),
            parsed.GetValue(key),
            new Dictionary<string, object?>
            {
                ["sub"] = parsed.GetRequiredValue(user),
                ["sid"] = parsed.GetValue(session),
                ["role"] = parsed.GetValue(role) is { Length: > 0 } roles ? roles : null,
            },
            TimeSpan.FromMinutes(parsed.GetValue(minutes)),
            parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(string file, string? scheme, string? key, Dictionary<string, object?> claims, TimeSpan lifetime, InvocationConfiguration console)
    {
        try
        {
            var signer = TokenSigner.Find(file, scheme, key);
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            console.Output.WriteLine(new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = signer.Issuer,
                Audience = signer.Audience,
                IssuedAt = now,
                NotBefore = now,
                Expires = now + lifetime,
                Claims = claims.Where(claim => claim.Value is not null).ToDictionary(claim => claim.Key, claim => claim.Value!),
                SigningCredentials = signer.Credentials,
            }));
            return 0;
        }
        catch (Exception exception) when (StartupFailure.Describe(exception, configuration: null, file: file) is { } line)
        {
            console.Error.WriteLine(line);
            return 1;
        }
    }

    private static double Minutes(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= MaxMinutes)
        {
            return minutes;
        }

        argument.AddError($"--minutes: '{text}' is out of bounds; expected a number above 0, {MaxMinutes} at most.");
        return 0;
    }
}
