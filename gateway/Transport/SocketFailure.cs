using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace YarpWs.Transport;

internal static class SocketFailure
{
    /// <summary>As ASP.NET Core tells them apart: a peer that reset the connection is no fault of this end.</summary>
    public static IOException Of(SocketError error)
    {
        var cause = new SocketException((int)error);
        return error is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted
            ? new ConnectionResetException(cause.Message, cause)
            : new IOException(cause.Message, cause);
    }
}
