using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// Clients that speak TLS and trust one certificate. It is OpenSSL on sockets that never wait, so that one thread drives many connections; the platform's streams
/// would hand each read from thread to thread, at the expense of the server under test. For one thread.
/// </summary>
internal sealed class TlsClient : IDisposable
{
    public const string Http1 = "http/1.1";
    public const string Http2 = "h2";

    private readonly nint _context = OpenSsl.NewContext(OpenSsl.ClientMethod());
    private readonly bool _resumes;
    private nint _session;

    /// <param name="certificate">The file of the certificate that the server has to show.</param>
    /// <param name="protocol">What is spoken over it (ALPN).</param>
    /// <param name="resumes">Whether each connection takes up the session of an earlier one, as soon as there was one.</param>
    public TlsClient(string certificate, string protocol = Http1, bool resumes = false)
    {
        _resumes = resumes;
        byte[] protocols = [(byte)protocol.Length, .. Encoding.ASCII.GetBytes(protocol)];
        OpenSsl.SetVerify(_context, OpenSsl.VerifyPeer, 0);
        OpenSsl.SetOptions(_context, OpenSsl.AllowsPlainEnd);
        OpenSsl.Control(_context, OpenSsl.Mode, OpenSsl.WritesAsSockets | OpenSsl.ReleasesBuffers, 0);
        OpenSsl.Control(_context, OpenSsl.ReadAhead, 1, 0);
        if (OpenSsl.Trust(_context, certificate) != 1 || OpenSsl.SetProtocols(_context, in protocols[0], (uint)protocols.Length) != 0)
        {
            throw new InvalidOperationException($"OpenSSL does not take {certificate} or {protocol}.");
        }
    }

    /// <summary>Connections that were made, and those of them that took up a session.</summary>
    public long Connected { get; private set; }

    public long Resumed { get; private set; }

    /// <summary>TLS over this connection, which stays the caller's; nothing is sent yet.</summary>
    public Session Over(Socket socket) => new(this, socket);

    public void Dispose()
    {
        OpenSsl.FreeSession(_session);
        OpenSsl.FreeContext(_context);
    }

    /// <summary>One connection's.</summary>
    public sealed class Session : IDisposable
    {
        private readonly TlsClient _client;
        private readonly nint _tls;

        public Session(TlsClient client, Socket socket)
        {
            const string Host = "localhost";
            _client = client;
            _tls = OpenSsl.New(client._context);
            if (OpenSsl.SetDescriptor(_tls, (int)socket.Handle) != 1
                || OpenSsl.Expect(_tls, Host) != 1
                || OpenSsl.Control(_tls, OpenSsl.HostName, 0, Host) != 1
                || (client._session != 0 && OpenSsl.SetSession(_tls, client._session) != 1))
            {
                throw new InvalidOperationException($"OpenSSL makes no connection of it: {socket.Handle}.");
            }
        }

        /// <summary>Whether more can be read that has come from the system already.</summary>
        public bool HasPending => OpenSsl.HasPending(_tls) != 0;

        /// <summary>Goes on with the handshake. False while it waits for the server.</summary>
        public bool TryConnect()
        {
            OpenSsl.ClearErrors();
            if (!IsDone(OpenSsl.Connect(_tls), out _))
            {
                return false;
            }

            _client.Connected++;
            _client.Resumed += OpenSsl.IsResumed(_tls);
            return true;
        }

        /// <summary>How much was read; 0 when the server has ended the connection, null when nothing is there.</summary>
        public int? Read(Span<byte> buffer)
        {
            OpenSsl.ClearErrors();
            if (!IsDone(OpenSsl.Read(_tls, ref MemoryMarshal.GetReference(buffer), buffer.Length), out var count))
            {
                return null;
            }

            // What lets a session be taken up comes before the server's first words (RFC 8446, section 4.6.1).
            if (_client._resumes)
            {
                OpenSsl.FreeSession(_client._session);
                _client._session = OpenSsl.SessionOf(_tls);
            }

            return count;
        }

        /// <summary>How much was sent; null when the system takes nothing now, and then the same has to be offered again.</summary>
        public int? Write(ReadOnlySpan<byte> bytes)
        {
            OpenSsl.ClearErrors();
            return IsDone(OpenSsl.Write(_tls, in MemoryMarshal.GetReference(bytes), bytes.Length), out var count) ? count : null;
        }

        /// <summary>Sends nothing. A session counts as unfit to be taken up again when its connection seems to have broken off.</summary>
        public void Dispose()
        {
            OpenSsl.SetEnded(_tls, OpenSsl.BothEnded);
            OpenSsl.Free(_tls);
        }

        private bool IsDone(int result, out int count)
        {
            count = Math.Max(result, 0);
            return result > 0 || OpenSsl.ErrorOf(_tls, result) switch
            {
                OpenSsl.WantRead or OpenSsl.WantWrite => false,
                OpenSsl.Closed => true,
                var error => throw new WrongAnswerException($"A TLS connection was cut: {error}, {Marshal.PtrToStringUTF8(OpenSsl.ReasonOf(OpenSsl.LastError()))}."),
            };
        }
    }
}
