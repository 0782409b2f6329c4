using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>Answers a request with a good token, in its header or in a cookie, with 200 and whose it is, and any other with 401.</summary>
internal static class TokenChecker
{
    /// <summary>Holds the key in base64; an argument would show it to everybody on the machine.</summary>
    public const string KeyVariable = "YARPWS_BENCH_KEY";

    public const string Cookie = "session";

    public static async Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = Tokens.Issuer,
                ValidAudience = Tokens.Audience,
                IssuerSigningKey = new SymmetricSecurityKey(Convert.FromBase64String(Environment.GetEnvironmentVariable(KeyVariable)!)),
            };
            options.Events = new JwtBearerEvents
            {
                OnMessageReceived = received =>
                {
                    received.Token = received.Request.Cookies[Cookie];
                    return Task.CompletedTask;
                },
            };
        });
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/token", (ClaimsPrincipal user) => Results.Text($$"""{"user":"{{user.FindFirstValue("sub")}}"}""", "application/json")).RequireAuthorization();
        await app.RunAsync();
    }
}
