using Microsoft.AspNetCore.Authorization;
using YarpWs.Platform.Jwt;

namespace YarpWs.Backend.Access;

/// <summary>Who may come in. Tokens are checked here again, whatever the gateway did: nobody is trusted for where a request comes from.</summary>
internal static class AccessRegistration
{
    /// <param name="builder">Its settings are read at once.</param>
    /// <param name="directory">Where relative paths of key files begin.</param>
    public static void AddAccess(this WebApplicationBuilder builder, string directory)
    {
        var schemes = builder.Services.AddJwtSchemes(builder.Configuration, directory);
        builder.Services.RemoveDataProtectionStart();
        var login = new AuthorizationPolicyBuilder(schemes).RequireAuthenticatedUser().Build();

        // An endpoint that says nothing of its own is closed, not open.
        builder.Services.AddAuthorizationBuilder().SetDefaultPolicy(login).SetFallbackPolicy(login);
    }
}
