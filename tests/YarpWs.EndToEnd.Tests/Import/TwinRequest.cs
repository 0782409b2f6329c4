namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>What a real nginx and the gateway are both asked.</summary>
/// <param name="Host">The host.</param>
/// <param name="Target">The request target, as it is sent.</param>
/// <param name="Method">The method.</param>
/// <param name="IsTls">Whether over TLS.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="Headers">Further headers, "Name: value".</param>
internal sealed record TwinRequest(string Host, string Target, string Method = "GET", bool IsTls = false, string? Body = null, params string[] Headers)
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public HttpRequestMessage ToMessage(Uri server)
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), new Uri($"{server.Scheme}://{server.Authority}{Target}", in AsWritten));
        message.Headers.Host = Host;
        foreach (var header in Headers)
        {
            message.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
        }

        if (Body is not null)
        {
            message.Content = new StringContent(Body, mediaType: new("application/json"));
        }

        return message;
    }

    public override string ToString() => $"{Method} {(IsTls ? "https" : "http")}://{Host}{Target} {string.Join(", ", Headers)}".TrimEnd();
}
