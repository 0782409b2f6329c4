namespace YarpWs.Platform.Jwt;

/// <summary>What logins and the proxy bring along: keys of data protection, made on the disk of this machine as the process starts. Tokens have no use for them.</summary>
internal static class DataProtectionStart
{
    /// <summary>Has nothing made at the start; what does protect data has its keys made then. To be called behind everything that adds it.</summary>
    public static void RemoveDataProtectionStart(this IServiceCollection services)
    {
        foreach (var start in services.Where(IsStart).ToList())
        {
            services.Remove(start);
        }
    }

    private static bool IsStart(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly;
}
