using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Has OpenSSL give back the buffers of a TLS connection whenever they are empty (SSL_MODE_RELEASE_BUFFERS, which nginx asks for too). The platform has no setting
/// for it, and leaves two of 17 KiB with each connection: more than all else that a quiet socket holds. So its handle is found by reflection. Where it is not found, as
/// may be in a later version, connections work as before and hold more; a test tells.
/// </summary>
internal static class TlsBuffers
{
    private const string Library = "libssl.so.3";
    private const int Mode = 33;
    private const nint ReleaseBuffers = 16;

    private static readonly FieldInfo? Context = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>The library that the platform itself has loaded, which its version tells: another one would not know the handle.</summary>
    private static readonly bool IsKnown = OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3 && NativeLibrary.TryLoad(Library, out _);

    /// <summary>To be called behind the handshake, while nothing is read or written. False where it cannot be done.</summary>
    public static bool ReleaseWhenEmpty(SslStream connection)
    {
        if (!IsKnown || Context?.GetValue(connection) is not SafeHandle handle)
        {
            return false;
        }

        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            return (Control(handle.DangerousGetHandle(), Mode, ReleaseBuffers, 0) & ReleaseBuffers) != 0;
        }
        catch (ObjectDisposedException)
        {
            // The connection has ended meanwhile.
            return false;
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }

    [DllImport(Library, EntryPoint = "SSL_ctrl")]
    private static extern nint Control(nint connection, int command, nint number, nint pointer);
}
