using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace YarpWs.Backend.Api;

/// <summary>What <c>/openapi/v1.json</c> says of the HTTP API as a whole.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";

    public static void Configure(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new OpenApiInfo
        {
            Title = "YarpWs rooms",
            Version = "v1",
            Description = "Push to groups of WebSockets from any server. Addresses, statuses and bodies are those of the Web PubSub data plane.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = Bearer,
            BearerFormat = "JWT",
            Description = "A token of a configured issuer, with the role webpubsub.sendToGroup or webpubsub.sendToGroup.{group}.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];

        // By what name it was asked is no server that others could ask.
        document.Servers = [new OpenApiServer { Url = "/" }];
        return Task.CompletedTask;
    });
}
