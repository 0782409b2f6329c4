using Microsoft.AspNetCore.DataProtection;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// What logins and the proxy bring along: keys of data protection, made on the disk of this machine as the process starts, and lines about it where the user has no home. Tokens have
/// no use for them.
/// </summary>
internal static class DataProtectionStart
{
    /// <summary>Has nothing made at the start; what does protect data has its keys made then. To be called behind everything that adds it.</summary>
    public static void RemoveDataProtectionStart(this IServiceCollection services)
    {
        foreach (var start in services.Where(IsStart).ToList())
        {
            services.Remove(start);
        }

        var provider = services.Single(service => service.ServiceType == typeof(IDataProtectionProvider));
        services.Remove(provider);
        services.AddSingleton<IDataProtectionProvider>(all => new LateProvider(() => (IDataProtectionProvider)provider.ImplementationFactory!(all)));
    }

    private static bool IsStart(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly;

    /// <summary>The proxy asks for protectors as it is made, whether or not a cluster has cookies to protect.</summary>
    private sealed class LateProvider(Func<IDataProtectionProvider> make) : IDataProtectionProvider
    {
        private readonly Lazy<IDataProtectionProvider> _made = new(make);

        public IDataProtector CreateProtector(string purpose) => new LateProtector(() => _made.Value.CreateProtector(purpose));
    }

    private sealed class LateProtector(Func<IDataProtector> make) : IDataProtector
    {
        private readonly Lazy<IDataProtector> _made = new(make);

        public IDataProtector CreateProtector(string purpose) => new LateProtector(() => _made.Value.CreateProtector(purpose));

        public byte[] Protect(byte[] plaintext) => _made.Value.Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData) => _made.Value.Unprotect(protectedData);
    }
}
