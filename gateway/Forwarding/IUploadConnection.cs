namespace YarpWs.Gateway.Forwarding;

/// <summary>A connection to a destination of HTTP/1.1, on which the body of a request is sent while its answer is read. One writes at a time.</summary>
internal interface IUploadConnection
{
    /// <summary>Writes a piece of the upload that is under way.</summary>
    /// <exception cref="IOException">The destination takes no more.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation);

    /// <summary>The upload is over. Only after a whole one is the connection used again.</summary>
    void EndSending(bool isWhole);

    /// <summary>Closes it now; who reads from it is told by a failure.</summary>
    void Abort();
}
