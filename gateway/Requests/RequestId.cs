using System.Security.Cryptography;

namespace YarpWs.Gateway.Requests;

/// <summary>A number of 128 random bits for a request, in hexadecimal: made when it is first asked for, and the same from then on. No client chooses it, as one may choose its trace.</summary>
internal sealed class RequestId
{
    private readonly string _value = RandomNumberGenerator.GetHexString(32, lowercase: true);

    private RequestId()
    {
    }

    public static string Of(HttpContext context)
    {
        if (context.Features.Get<RequestId>() is not { } id)
        {
            context.Features.Set(id = new RequestId());
        }

        return id._value;
    }
}
