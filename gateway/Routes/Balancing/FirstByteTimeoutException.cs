namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>A destination took a request and did not begin to answer in time.</summary>
internal sealed class FirstByteTimeoutException(TimeSpan timeout) : TimeoutException($"The destination did not begin to answer within {timeout}.");
