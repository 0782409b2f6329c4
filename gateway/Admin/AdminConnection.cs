namespace YarpWs.Gateway.Admin;

/// <summary>The mark that the admin listener sets on its connections.</summary>
internal sealed class AdminConnection
{
    public static readonly AdminConnection Mark = new();

    private AdminConnection()
    {
    }

    public static bool Carries(HttpContext context) => context.Features.Get<AdminConnection>() is not null;
}
