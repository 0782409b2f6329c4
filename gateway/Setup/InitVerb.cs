using System.CommandLine;
using System.Text.Json;

namespace YarpWs.Gateway.Setup;

/// <summary><c>yarpws init</c>: writes the smallest settings that are good to start from.</summary>
internal static class InitVerb
{
    private const string ExampleAddress = "http://127.0.0.1:5000/";
    private const string ExampleAuthority = "https://login.example.com/";
    private const string ExampleAudience = "\"ValidAudiences\": [ \"yarpws\" ]";

    private static readonly string[] Kinds = ["proxy", "rooms", "openid"];

    public static Command Create()
    {
        var kind = new Argument<string>("KIND")
        {
            Description = "proxy: one backend, nobody logs in. rooms: room servers, and tokens signed with a key of your own. openid: room servers, and tokens of an OpenID Connect issuer.",
        };
        kind.AcceptOnlyFromAmong(Kinds);
        var output = new Option<string>("--output") { Description = "The directory to write to.", HelpName = "DIRECTORY", DefaultValueFactory = _ => "." };
        var to = Address("--to", "proxy: the backend's address.", ExampleAddress);
        var authority = Address("--authority", "openid: the issuer's address, such as https://login.example.com/. Needed there.", ExampleAuthority);
        authority.DefaultValueFactory = null;
        var audience = new Option<string>("--audience") { Description = "openid: whom the issuer's tokens are made out to (aud).", HelpName = "NAME", DefaultValueFactory = _ => "yarpws" };
        var command = new Command("init", "Writes the smallest settings that are good to start from.") { kind, output, to, authority, audience };
        command.Validators.Add(parsed =>
        {
            var chosen = parsed.GetValue(kind);
            (Option Option, string Kind)[] owned = [(to, "proxy"), (authority, "openid"), (audience, "openid")];
            var stray = owned.FirstOrDefault(one => one.Kind != chosen && parsed.GetResult(one.Option) is { Implicit: false });
            if (chosen is not null && stray.Option is not null)
            {
                parsed.AddError($"{stray.Option.Name} is for {stray.Kind}; with {chosen} it would mean nothing.");
            }
            else if (chosen == "openid" && parsed.GetResult(authority) is null or { Implicit: true })
            {
                parsed.AddError("openid: name the issuer: --authority https://login.example.com/");
            }
            else if (parsed.GetResult(authority) is { Implicit: false } given && given.Tokens is [{ Value: var address }, ..] && address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            {
                parsed.AddError($"--authority: '{address}' is not https, and a gateway would not start with it; for a trial write the settings with https and change them to http and \"RequireHttpsMetadata\": false.");
            }
        });
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(kind),
            parsed.GetRequiredValue(output),
            text => text
                .Replace(ExampleAddress, parsed.GetRequiredValue(to), StringComparison.Ordinal)
                .Replace(ExampleAuthority, parsed.GetValue(authority) ?? ExampleAuthority, StringComparison.Ordinal)
                .Replace(ExampleAudience, $"\"ValidAudiences\": [ {JsonSerializer.Serialize(parsed.GetRequiredValue(audience))} ]", StringComparison.Ordinal),
            parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(string kind, string directory, Func<string, string> fill, InvocationConfiguration console)
    {
        var files = Examples(kind).ToDictionary(example => Path.Combine(directory, example.Name), example => fill(example.Text));
        var key = Path.Combine(directory, "jwt.json");
        try
        {
            // All or none: half of a set-up is worse than none.
            NewFile.Refuse([.. files.Keys, .. kind == "rooms" ? [key] : (string[])[]]);
            foreach (var (name, text) in files)
            {
                NewFile.Write(name, text);
                console.Output.WriteLine($"Wrote {name}");
            }

            if (kind == "rooms")
            {
                SigningKeyFile.Write(key, SigningAlgorithm.HS256);
                console.Output.WriteLine($"Wrote {key}, a secret: whoever has it can make tokens.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine(exception.Message);
            return 1;
        }

        console.Output.WriteLine();
        console.Output.WriteLine("Next:");
        foreach (var step in Next(kind, Path.Combine(directory, "gateway.json"), Path.Combine(directory, "backend.json")))
        {
            console.Output.WriteLine($"  {step}");
        }

        return 0;
    }

    private static IEnumerable<string> Next(string kind, string gateway, string backend)
    {
        if (kind != "proxy")
        {
            yield return "redis-server                             # rooms live in Redis, 127.0.0.1:6379";
            yield return $"yarpws-backend {backend}";
        }

        yield return $"yarpws {gateway}";
        yield return "open http://127.0.0.1:8080/              # and http://127.0.0.1:9900/ to operate it";
        if (kind == "rooms")
        {
            yield return $"yarpws token {gateway} --user ann        # to log in with";
        }
    }

    private static IEnumerable<(string Name, string Text)> Examples(string kind)
    {
        var assembly = typeof(InitVerb).Assembly;
        var prefix = $"start.{kind}.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[prefix.Length..], reader.ReadToEnd());
        }
    }

    private static Option<string> Address(string name, string description, string byDefault) => new(name)
    {
        Description = description,
        HelpName = "URL",
        DefaultValueFactory = _ => byDefault,
        CustomParser = argument =>
        {
            var text = argument.Tokens.Single().Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address.AbsoluteUri;
            }

            argument.AddError($"{name}: '{text}' is no address; write {byDefault}.");
            return null;
        },
    };
}
