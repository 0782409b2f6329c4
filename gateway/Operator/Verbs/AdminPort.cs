using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>The admin port of a running gateway, as the verbs that operate it ask it. What goes wrong is one line on the error output.</summary>
internal sealed class AdminPort(HttpClient http, InvocationConfiguration console)
{
    /// <summary>It was done.</summary>
    public const int Done = 0;

    /// <summary>It was refused, or nobody answers.</summary>
    public const int Failed = 1;

    /// <summary>It was not done yet: it waits for --yes, or for more time.</summary>
    public const int NotYet = 2;

    private const string DefaultAddress = "http://127.0.0.1:9900";

    /// <summary>How orders are written: what is not set is not sent.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        WriteIndented = true,
    };

    public static Option<Uri> AddressOption() => new("--admin")
    {
        Description = "The admin port of the gateway that runs, its Admin:Url.",
        HelpName = "URL",
        DefaultValueFactory = _ => new Uri(DefaultAddress),
        CustomParser = Address,
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Prints what the gateway answers, as JSON." };

    /// <summary>What to say where nobody answers.</summary>
    public static string Silence(Uri admin, Exception exception) =>
        $"No gateway answers at {admin}: {exception.Message}. See that it runs and that this is its Admin:Url; name another one with --admin.";

    /// <summary>Runs a verb against the port.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Option<Uri> address, Func<AdminPort, Task<int>> run, CancellationToken stop)
    {
        var console = parsed.InvocationConfiguration;
        var admin = parsed.GetRequiredValue(address);

        // An order to close ends when the last socket was told, however long that takes.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = admin,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        try
        {
            return await run(new AdminPort(http, console));
        }
        catch (HttpRequestException exception)
        {
            await console.Error.WriteLineAsync(Silence(admin, exception));
            return Failed;
        }
        catch (JsonException)
        {
            await console.Error.WriteLineAsync($"What answers at {admin} is no gateway of this version; name another one with --admin.");
            return Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return NotYet;
        }
    }

    /// <summary>What it answers; null when it refuses, which is said.</summary>
    public async Task<JsonElement?> AskAsync(HttpMethod method, string path, object? order, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = order is null ? null : JsonContent.Create(order, order.GetType(), options: Json) };
        using var response = await http.SendAsync(request, stop);
        if (!response.IsSuccessStatusCode)
        {
            await console.Error.WriteLineAsync($"{(int)response.StatusCode}: {(await response.Content.ReadAsStringAsync(stop)).TrimEnd()}");
            return null;
        }

        return await response.Content.ReadFromJsonAsync<JsonElement>(stop);
    }

    /// <summary>Asks, and prints the answer: as it came, or for a reader.</summary>
    public async Task<int> ShowAsync(string path, bool asJson, Func<JsonElement, IEnumerable<string>> words, CancellationToken stop)
    {
        if (await AskAsync(HttpMethod.Get, path, order: null, stop) is not { } answer)
        {
            return Failed;
        }

        await PrintAsync(asJson ? [JsonSerializer.Serialize(answer, Json)] : words(answer));
        return Done;
    }

    public async Task PrintAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            await console.Output.WriteLineAsync(line);
        }
    }

    public Task ComplainAsync(string line) => console.Error.WriteLineAsync(line);

    private static Uri? Address(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https"))
        {
            return address;
        }

        argument.AddError($"--admin: '{text}' is no address; write {DefaultAddress}.");
        return null;
    }
}
