using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>
/// A client over OpenSSL itself, for what the platform's own never does: to ask for another handshake, and to choose the session that it offers. It trusts
/// everybody, and waits as long as a test may.
/// </summary>
internal sealed class OpenSslClient : IDisposable
{
    private const int MaxVersionCommand = 124;
    private const int Tls12 = 0x0303;
    private const int BothEnded = 3;
    private const int Received = 2;

    private readonly nint _context = NewContext(ClientMethod());
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly nint _tls;

    /// <summary>Shakes hands.</summary>
    /// <param name="server">Where.</param>
    /// <param name="session">What <see cref="TakeSession"/> of another client has given, which stays with that one; 0 for none.</param>
    /// <param name="isTls12">Whether it speaks nothing newer.</param>
    public OpenSslClient(IPEndPoint server, nint session = 0, bool isTls12 = false)
    {
        if (isTls12)
        {
            Assert.Equal(1, Control(_context, MaxVersionCommand, Tls12, 0));
        }

        _tls = New(_context);
        _socket.ReceiveTimeout = (int)Deadline.Length.TotalMilliseconds;
        _socket.Connect(server);
        Assert.Equal(1, SetDescriptor(_tls, (int)_socket.Handle));
        Assert.True(session == 0 || SetSession(_tls, session) == 1);
        Assert.Equal(1, Connect(_tls));
    }

    /// <summary>Whether the server has taken up the session that was offered.</summary>
    public bool IsResumed => SessionReused(_tls) == 1;

    /// <summary>Whether the server has said that it ends the connection (close_notify; RFC 8446, section 6.1): an end without it may be somebody else's.</summary>
    public bool IsEnded => (Shutdown(_tls) & Received) != 0;

    /// <summary>The answer to a request without a body, to the end of the connection; what came of it when that broke off.</summary>
    public string Ask(string target)
    {
        var request = Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n");
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        for (var count = Write(_tls, request, request.Length); count > 0;)
        {
            count = Read(_tls, buffer, buffer.Length);
            answer.Append(Encoding.ASCII.GetString(buffer, 0, Math.Max(0, count)));
        }

        return answer.ToString();
    }

    /// <summary>Asks for another handshake on this connection (RFC 5246, section 7.4.1.1). False when the server does none.</summary>
    public bool TryRenegotiate() => Renegotiate(_tls) == 1 && Handshake(_tls) == 1;

    /// <summary>The session, which can be taken up by other connections until this is disposed.</summary>
    public nint TakeSession() => SessionOf(_tls);

    public void Dispose()
    {
        // Otherwise the session would count as one of a connection that broke off.
        SetEnded(_tls, BothEnded);
        Free(_tls);
        FreeContext(_context);
        _socket.Dispose();
    }

    [DllImport("libssl.so.3", EntryPoint = "TLS_client_method")]
    private static extern nint ClientMethod();

    [DllImport("libssl.so.3", EntryPoint = "SSL_CTX_new")]
    private static extern nint NewContext(nint method);

    [DllImport("libssl.so.3", EntryPoint = "SSL_CTX_free")]
    private static extern void FreeContext(nint context);

    [DllImport("libssl.so.3", EntryPoint = "SSL_CTX_ctrl")]
    private static extern nint Control(nint context, int command, nint number, nint pointer);

    [DllImport("libssl.so.3", EntryPoint = "SSL_new")]
    private static extern nint New(nint context);

    [DllImport("libssl.so.3", EntryPoint = "SSL_free")]
    private static extern void Free(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_set_fd")]
    private static extern int SetDescriptor(nint tls, int descriptor);

    [DllImport("libssl.so.3", EntryPoint = "SSL_connect")]
    private static extern int Connect(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_read")]
    private static extern int Read(nint tls, byte[] buffer, int length);

    [DllImport("libssl.so.3", EntryPoint = "SSL_write")]
    private static extern int Write(nint tls, byte[] buffer, int length);

    [DllImport("libssl.so.3", EntryPoint = "SSL_renegotiate")]
    private static extern int Renegotiate(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_do_handshake")]
    private static extern int Handshake(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_session_reused")]
    private static extern int SessionReused(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_get1_session")]
    private static extern nint SessionOf(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_set_session")]
    private static extern int SetSession(nint tls, nint session);

    [DllImport("libssl.so.3", EntryPoint = "SSL_get_shutdown")]
    private static extern int Shutdown(nint tls);

    [DllImport("libssl.so.3", EntryPoint = "SSL_set_shutdown")]
    private static extern void SetEnded(nint tls, int ends);
}
