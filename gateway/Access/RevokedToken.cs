namespace YarpWs.Gateway.Access;

/// <summary>The mark of a request whose token is good but revoked.</summary>
internal sealed class RevokedToken
{
    public const string Description = "The login was revoked, log in again";

    public static readonly RevokedToken Mark = new();

    private RevokedToken()
    {
    }
}
