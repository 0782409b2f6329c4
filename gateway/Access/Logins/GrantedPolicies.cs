using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// Which of the policies that routes name the token of a request satisfies. A newer token may have lost a role that opened a socket; the socket then ends with the
/// token that it has.
/// </summary>
internal sealed class GrantedPolicies(IAuthorizationPolicyProvider policies, IPolicyEvaluator evaluator, IOptions<PolicyNames> names)
{
    /// <summary>By the names that routes give, <see cref="PolicyNames.Default"/> among them. The request's user stays who it is.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(HttpContext context)
    {
        var user = context.User;
        try
        {
            var granted = new List<string>();
            foreach (var name in names.Value.All)
            {
                var policy = name == PolicyNames.Default ? await policies.GetDefaultPolicyAsync() : await policies.GetPolicyAsync(name);
                if (policy is null)
                {
                    continue;
                }

                var authenticated = await evaluator.AuthenticateAsync(policy, context);
                if ((await evaluator.AuthorizeAsync(policy, authenticated, context, resource: null)).Succeeded)
                {
                    granted.Add(name);
                }
            }

            return granted;
        }
        finally
        {
            context.User = user;
        }
    }
}
