namespace YarpWs.Benchmarks.Load;

/// <summary>A server lost a message, changed one or refused what it should take: the run is void.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
