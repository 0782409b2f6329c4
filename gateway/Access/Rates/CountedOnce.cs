namespace YarpWs.Gateway.Access.Rates;

/// <summary>That a request was counted: one that is led on to another route is not counted there again. A feature of the request.</summary>
internal sealed class CountedOnce
{
    private CountedBy _by;

    /// <summary>Whether a request has not been counted so yet; from now on it has.</summary>
    public static bool IsFirst(HttpContext context, CountedBy by)
    {
        if (context.Features.Get<CountedOnce>() is not { } counted)
        {
            context.Features.Set(counted = new CountedOnce());
        }

        if ((counted._by & by) != 0)
        {
            return false;
        }

        counted._by |= by;
        return true;
    }
}

[Flags]
internal enum CountedBy
{
    Rates = 1,

    /// <summary>Those that ask who somebody is, behind the login.</summary>
    RatesOfLogins = 2,
    Limits = 4,
    LimitsOfLogins = 8,
}
