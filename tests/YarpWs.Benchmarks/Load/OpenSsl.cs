using System.Runtime.InteropServices;

namespace YarpWs.Benchmarks.Load;

/// <summary>As much of OpenSSL's library as <see cref="TlsClient"/> needs, by the names of its manual: the same one that the platform uses.</summary>
internal static class OpenSsl
{
    public const int VerifyPeer = 1;
    public const int WantRead = 2;
    public const int WantWrite = 3;
    public const int Closed = 6;
    public const int ReadAhead = 41;
    public const int Mode = 33;
    public const int HostName = 55;

    /// <summary>SSL_SENT_SHUTDOWN, SSL_RECEIVED_SHUTDOWN.</summary>
    public const int BothEnded = 1 | 2;

    /// <summary>SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER.</summary>
    public const int WritesAsSockets = 1 | 2;

    /// <summary>SSL_MODE_RELEASE_BUFFERS.</summary>
    public const int ReleasesBuffers = 16;

    /// <summary>SSL_OP_IGNORE_UNEXPECTED_EOF: some servers end a connection without close_notify.</summary>
    public const ulong AllowsPlainEnd = 1 << 7;

    private const string Tls = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    [DllImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static extern void ClearErrors();

    [DllImport(Crypto, EntryPoint = "ERR_peek_last_error")]
    public static extern ulong LastError();

    [DllImport(Crypto, EntryPoint = "ERR_reason_error_string")]
    public static extern nint ReasonOf(ulong error);

    [DllImport(Tls, EntryPoint = "TLS_client_method")]
    public static extern nint ClientMethod();

    [DllImport(Tls, EntryPoint = "SSL_CTX_new")]
    public static extern nint NewContext(nint method);

    [DllImport(Tls, EntryPoint = "SSL_CTX_free")]
    public static extern void FreeContext(nint context);

    [DllImport(Tls, EntryPoint = "SSL_CTX_load_verify_file")]
    public static extern int Trust(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string file);

    [DllImport(Tls, EntryPoint = "SSL_CTX_set_verify")]
    public static extern void SetVerify(nint context, int mode, nint callback);

    [DllImport(Tls, EntryPoint = "SSL_CTX_ctrl")]
    public static extern nint Control(nint context, int command, nint number, nint pointer);

    [DllImport(Tls, EntryPoint = "SSL_CTX_set_options")]
    public static extern ulong SetOptions(nint context, ulong options);

    [DllImport(Tls, EntryPoint = "SSL_CTX_set_alpn_protos")]
    public static extern int SetProtocols(nint context, in byte protocols, uint length);

    [DllImport(Tls, EntryPoint = "SSL_new")]
    public static extern nint New(nint context);

    [DllImport(Tls, EntryPoint = "SSL_free")]
    public static extern void Free(nint tls);

    [DllImport(Tls, EntryPoint = "SSL_set_fd")]
    public static extern int SetDescriptor(nint tls, int descriptor);

    [DllImport(Tls, EntryPoint = "SSL_set1_host")]
    public static extern int Expect(nint tls, [MarshalAs(UnmanagedType.LPUTF8Str)] string host);

    [DllImport(Tls, EntryPoint = "SSL_ctrl")]
    public static extern nint Control(nint tls, int command, nint number, [MarshalAs(UnmanagedType.LPUTF8Str)] string text);

    [DllImport(Tls, EntryPoint = "SSL_connect")]
    public static extern int Connect(nint tls);

    [DllImport(Tls, EntryPoint = "SSL_read")]
    public static extern int Read(nint tls, ref byte buffer, int length);

    [DllImport(Tls, EntryPoint = "SSL_write")]
    public static extern int Write(nint tls, in byte buffer, int length);

    [DllImport(Tls, EntryPoint = "SSL_has_pending")]
    public static extern int HasPending(nint tls);

    [DllImport(Tls, EntryPoint = "SSL_get_error")]
    public static extern int ErrorOf(nint tls, int result);

    [DllImport(Tls, EntryPoint = "SSL_set_shutdown")]
    public static extern void SetEnded(nint tls, int ends);

    [DllImport(Tls, EntryPoint = "SSL_get1_session")]
    public static extern nint SessionOf(nint tls);

    [DllImport(Tls, EntryPoint = "SSL_set_session")]
    public static extern int SetSession(nint tls, nint session);

    [DllImport(Tls, EntryPoint = "SSL_SESSION_free")]
    public static extern void FreeSession(nint session);

    [DllImport(Tls, EntryPoint = "SSL_session_reused")]
    public static extern int IsResumed(nint tls);
}
