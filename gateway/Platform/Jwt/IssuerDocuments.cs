using Microsoft.IdentityModel.Protocols;

namespace YarpWs.Platform.Jwt;

/// <summary>Gets the documents of an issuer, with faults in words for the operator: the library's own say neither status nor address.</summary>
/// <param name="http">Its limits hold for the size of a document; the caller's token for how long it takes.</param>
/// <param name="requireHttps">Whether an address that is not https is refused. The metadata name that of the keys.</param>
internal sealed class IssuerDocuments(HttpClient http, bool requireHttps) : IDocumentRetriever
{
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            throw new HttpRequestException($"'{address}' is no address");
        }

        if (requireHttps && uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new HttpRequestException($"{address} is not https, and RequireHttpsMetadata is true");
        }

        using var response = await http.GetAsync(uri, cancel);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadAsStringAsync(cancel)
            : throw new HttpRequestException($"{address} answers {(int)response.StatusCode}");
    }
}
