using System.Runtime.InteropServices;

namespace YarpWs.Gateway.Edge;

/// <summary>The first SIGTERM or SIGINT asks the process to stop, which may take as long as Shutdown:Timeout; the second ends it at once.</summary>
internal sealed class SecondSignal : IDisposable
{
    /// <summary>What a shell reports of a process that ended by a signal is this and the signal's number.</summary>
    private const int SignalExitCode = 128;

    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public SecondSignal() =>
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Heard(15)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Heard(2)),
        ];

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void Heard(int signal)
    {
        if (Interlocked.Increment(ref _signals) == 2)
        {
            Console.Error.WriteLine("Told to stop a second time: the gateway ends now, without goodbyes.");
            Environment.Exit(SignalExitCode + signal);
        }
    }
}
