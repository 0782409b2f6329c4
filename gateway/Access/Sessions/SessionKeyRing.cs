using System.Collections.Concurrent;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// ASP.NET Core's data protection with the keys that all gateways share: what one has encrypted, another reads. It is apart from the process's own data protection. The keys are held in memory and
/// never read on the way of a request; <see cref="SessionKeySync"/> brings them, and takes those that the platform makes when old ones are about to end. Any thread may protect and
/// unprotect once <see cref="IsKnown"/>; before that both throw <see cref="InvalidOperationException"/>.
/// </summary>
internal sealed class SessionKeyRing(SessionKeyEncryption encryption, ILoggerFactory loggers) : IDataProtectionProvider, IDisposable
{
    private readonly Keys _keys = new();
    private volatile ServiceProvider? _platform;

    /// <summary>Whether there is a key to protect with.</summary>
    public bool IsKnown => _platform is not null;

    /// <summary>The keys in the platform's own form, encrypted, by their names.</summary>
    public IReadOnlyDictionary<string, string> All => _keys.All;

    public IDataProtector CreateProtector(string purpose) => new Protector(this, [purpose]);

    /// <summary>Makes a key that is in force at once, for the first gateway of all. One caller at a time, as for <see cref="Join"/>.</summary>
    public void CreateFirst(DateTimeOffset now)
    {
        using var platform = Build();
        var life = platform.GetRequiredService<IOptions<KeyManagementOptions>>().Value.NewKeyLifetime;
        platform.GetRequiredService<IKeyManager>().CreateNewKey(now, now + life);
    }

    /// <summary>Adds keys to those there are. From then on they are used.</summary>
    public void Join(IEnumerable<KeyValuePair<string, string>> keys)
    {
        var isNew = false;
        foreach (var (name, xml) in keys)
        {
            // What only gateways write; whoever else has written there makes no key.
            if (!IsElement(xml))
            {
                continue;
            }

            isNew |= _keys.All.TryAdd(name, xml);
        }

        if (!_keys.All.IsEmpty && (isNew || _platform is null))
        {
            // Reads the keys now, so that no request does. What the ring before it gave stays good until it is collected.
            var platform = Build();
            platform.GetRequiredService<IDataProtectionProvider>().CreateProtector("ready").Protect([]);
            _platform = platform;
        }
    }

    public void Dispose() => _platform?.Dispose();

    private ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddSingleton(loggers);
        services.AddSingleton(encryption);
        services.AddDataProtection(protection => protection.ApplicationDiscriminator = "yarpws");
        services.Configure<KeyManagementOptions>(management =>
        {
            management.XmlRepository = _keys;
            management.XmlEncryptor = encryption;
        });
        return services.BuildServiceProvider();
    }

    private IDataProtector Of(string[] purposes) => (_platform ?? throw new InvalidOperationException("The keys of sessions are not known yet."))
        .GetRequiredService<IDataProtectionProvider>().CreateProtector(purposes);

    private static bool IsElement(string xml)
    {
        try
        {
            return XElement.Parse(xml) is not null;
        }
        catch (XmlException)
        {
            return false;
        }
    }

    /// <summary>Asks the ring as it is when it is used.</summary>
    private sealed class Protector(SessionKeyRing ring, string[] purposes) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => new Protector(ring, [.. purposes, purpose]);

        public byte[] Protect(byte[] plaintext) => ring.Of(purposes).Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData) => ring.Of(purposes).Unprotect(protectedData);
    }

    private sealed class Keys : IXmlRepository
    {
        public ConcurrentDictionary<string, string> All { get; } = new(StringComparer.Ordinal);

        public IReadOnlyCollection<XElement> GetAllElements() => [.. All.Values.Select(XElement.Parse)];

        public void StoreElement(XElement element, string friendlyName) => All[friendlyName] = element.ToString(SaveOptions.DisableFormatting);
    }
}
