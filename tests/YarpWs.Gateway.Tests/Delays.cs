using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests;

/// <summary>How late the process is, by the test's own measurement.</summary>
internal static class Delays
{
    /// <summary>Never late until the test adds a delay.</summary>
    public static ProcessDelay None(TimeProvider time) => new(new EventLoops(time), time, NullLogger<ProcessDelay>.Instance);
}
