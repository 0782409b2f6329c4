using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Gives back the buffers of a TLS connection when they are empty. OpenSSL gives back its own two of 17 KiB when it is asked to (SSL_MODE_RELEASE_BUFFERS, as nginx does), and
/// the platform exchanges records with it by two memory BIOs, which stay as large as the largest record that ever went through, or as the handshake was. The platform has no
/// setting for either, and together they are more than all else that a quiet socket holds. So its handle is found by reflection. Where it is not found, as may be in a later
/// version, connections work as before and hold more; a test tells. Any thread may call.
/// </summary>
internal sealed class TlsBuffers
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    private const int Mode = 33;
    private const nint ReleaseBuffers = 16;

    private const int MemoryBio = 0x401;
    private const int Pending = 10;
    private const int SetMemory = 114;
    private const nint OwnsMemory = 1;

    /// <summary>A connection that is busy with large records would allocate its buffers for each of them; one that falls quiet soon reads once more, an answer to a ping at the latest.</summary>
    private const long MinPauseMs = 1_000;

    private static readonly FieldInfo? Context = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>What the platform locks whenever it calls OpenSSL with the handle.</summary>
    private static readonly FieldInfo? Gate = typeof(SslStream).GetField("_sslAuthenticationOptions", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>The library that the platform itself has loaded, which its version tells: another one would not know the handle.</summary>
    private static readonly bool IsKnown = OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3 && NativeLibrary.TryLoad(Ssl, out _) && NativeLibrary.TryLoad(Crypto, out _);

    private readonly SafeHandle _connection;
    private readonly object _gate;
    private long _readMs = Environment.TickCount64;
    private long _writtenMs = Environment.TickCount64;

    private TlsBuffers(SafeHandle connection, object gate)
    {
        _connection = connection;
        _gate = gate;
    }

    /// <summary>To be called behind the handshake, whose buffers are given back. False where it cannot be done.</summary>
    public static bool TryGiveBack(SslStream connection, [NotNullWhen(true)] out TlsBuffers? buffers)
    {
        buffers = IsKnown && Context?.GetValue(connection) is SafeHandle handle && Gate?.GetValue(connection) is { } gate ? new TlsBuffers(handle, gate) : null;
        if (buffers?.Call(static ssl => (Control(ssl, Mode, ReleaseBuffers, 0) & ReleaseBuffers) != 0) != true || !buffers.TryGiveBackNow())
        {
            buffers = null;
        }

        return buffers is not null;
    }

    /// <summary>To be called by who reads, where nothing has come yet. Costs nothing within a second of the last time.</summary>
    public void GiveBackBehindRead() => GiveBack(ref _readMs);

    /// <summary>To be called by who writes, once a write has begun. Costs nothing within a second of the last time.</summary>
    public void GiveBackBehindWrite() => GiveBack(ref _writtenMs);

    /// <summary>However short the last time ago is. False where the connection has ended.</summary>
    internal bool TryGiveBackNow() => Call(static ssl => Empty(ReadBio(ssl)) & Empty(WriteBio(ssl)));

    private void GiveBack(ref long lastMs)
    {
        var now = Environment.TickCount64;
        if (now - lastMs >= MinPauseMs)
        {
            lastMs = now;
            TryGiveBackNow();
        }
    }

    private bool Call(Func<nint, bool> use)
    {
        lock (_gate)
        {
            var isHeld = false;
            try
            {
                _connection.DangerousAddRef(ref isHeld);
                return use(_connection.DangerousGetHandle());
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
                    _connection.DangerousRelease();
                }
            }
        }
    }

    /// <summary>Exchanges the memory of a BIO that holds nothing for one without a buffer. False where this is something else than a memory BIO.</summary>
    private static bool Empty(nint bio)
    {
        if (bio == 0 || TypeOf(bio) != MemoryBio)
        {
            return false;
        }

        if (ControlBio(bio, Pending, 0, 0) == 0 && NewMemory() is var memory and not 0)
        {
            // It frees the memory that it had.
            ControlBio(bio, SetMemory, OwnsMemory, memory);
        }

        return true;
    }

    [DllImport(Ssl, EntryPoint = "SSL_ctrl")]
    private static extern nint Control(nint connection, int command, nint number, nint pointer);

    [DllImport(Ssl, EntryPoint = "SSL_get_rbio")]
    private static extern nint ReadBio(nint connection);

    [DllImport(Ssl, EntryPoint = "SSL_get_wbio")]
    private static extern nint WriteBio(nint connection);

    [DllImport(Crypto, EntryPoint = "BIO_method_type")]
    private static extern int TypeOf(nint bio);

    [DllImport(Crypto, EntryPoint = "BIO_ctrl")]
    private static extern nint ControlBio(nint bio, int command, nint number, nint pointer);

    [DllImport(Crypto, EntryPoint = "BUF_MEM_new")]
    private static extern nint NewMemory();
}
