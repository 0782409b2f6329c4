using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using YarpWs.Gateway.Access.Revocations;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>
/// <c>yarpws revoke</c>: takes logins back, on the gateway whose admin port it asks and through it on all. It ends with 0 when that holds
/// everywhere, with 2 when it does not yet, and with 1 when nothing was revoked.
/// </summary>
internal static class RevokeVerb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var user = new Option<string?>("--user") { Description = "The user (sub) whose tokens are refused.", HelpName = "NAME" };
        var session = new Option<string?>("--session-id") { Description = "The session (sid) whose tokens are refused.", HelpName = "ID" };
        var token = new Option<string?>("--token-id") { Description = "The id (jti) of one token; never the token itself.", HelpName = "ID" };
        var everybody = new Option<bool>("--everybody") { Description = "All tokens are refused." };
        var issuer = new Option<string?>("--issuer") { Description = "Only tokens of this issuer (iss). Default any.", HelpName = "ISSUER" };
        var before = new Option<DateTimeOffset?>("--before") { Description = "Only tokens issued up to then (2026-01-31T12:00:00Z). Default now.", HelpName = "TIME", CustomParser = Time };
        var until = new Option<DateTimeOffset?>("--until") { Description = "When all of them have expired. Default Revocations:MaxTokenLifetime from now.", HelpName = "TIME", CustomParser = Time };
        var admin = AdminPort.AddressOption();
        var command = new Command("revoke", "Takes logins back: their sockets are closed with 4004 and their tokens refused, on every gateway.")
        {
            user, session, token, everybody, issuer, before, until, admin,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetRequiredValue(admin),
            new RevocationRequest
            {
                User = parsed.GetValue(user),
                SessionId = parsed.GetValue(session),
                TokenId = parsed.GetValue(token),
                Everybody = parsed.GetValue(everybody) ? true : null,
                Issuer = parsed.GetValue(issuer),
                Before = parsed.GetValue(before),
                Until = parsed.GetValue(until),
            },
            parsed.InvocationConfiguration,
            stop));
        return command;
    }

    private static async Task<int> RunAsync(Uri admin, RevocationRequest order, InvocationConfiguration console, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };
        try
        {
            using var response = await http.PostAsJsonAsync(new Uri(admin, "/revocations"), order, RevocationRequest.Strict, stop);
            if (!response.IsSuccessStatusCode)
            {
                await console.Error.WriteLineAsync($"{(int)response.StatusCode}: {(await response.Content.ReadAsStringAsync(stop)).TrimEnd()}");
                return 1;
            }

            var answer = await response.Content.ReadFromJsonAsync<RevocationAnswer>(RevocationRequest.Strict, stop);
            await console.Output.WriteLineAsync($"Revoked until {answer!.Revoked.Until:u}, {Words(answer.Reach)}; {answer.Closed} sockets of the gateway that was asked are closed.");
            return answer.Reach == Scope.Pending ? 2 : 0;
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            await console.Error.WriteLineAsync(AdminPort.Silence(admin, exception));
            return 1;
        }
    }

    private static string Words(Scope reach) => reach switch
    {
        Scope.All => "on every gateway",
        Scope.Pending => "on this gateway; on the others once Redis is back",
        _ => "on this gateway alone",
    };

    /// <summary>A time without a zone is UTC, whichever machine this runs on.</summary>
    private static DateTimeOffset? Time(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name}: '{text}' is no time; write 2026-01-31T12:00:00Z.");
        return null;
    }
}
