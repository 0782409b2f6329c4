using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace YarpWs.Backend.Redis;

/// <summary>
/// A script that Redis is told by its digest, and whole when it does not know it: the first time, and after a restart, a failover, or SCRIPT FLUSH. The library
/// does that too, but has a thread of the pool look at each answer.
/// </summary>
internal sealed class RedisScript(string text)
{
    private readonly byte[] _digest = DigestOf(text);

    /// <summary>A script that stands in files of this assembly, one behind the other.</summary>
    public static RedisScript OfResources(params ReadOnlySpan<string> files)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(file) ?? throw new InvalidOperationException($"The script {file} is missing from the assembly.");
            using var reader = new StreamReader(stream);
            text.Append(reader.ReadToEnd());
        }

        return new RedisScript(text.ToString());
    }

    /// <summary>Runs it on a server that takes writes. Throws as the library does.</summary>
    public async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_digest, keys, values, CommandFlags.DemandMaster);
        }
        catch (RedisServerException exception) when (exception.Kind is RedisErrorKind.NoScript)
        {
            // Nothing was run, so it may be sent again.
            return await database.ScriptEvaluateAsync(text, keys, values, CommandFlags.DemandMaster);
        }
    }

    /// <summary>Puts it into a batch, by its digest alone: it fails with NOSCRIPT on a server that has not run it before.</summary>
    public Task<RedisResult> EvaluateAsync(IBatch batch, RedisKey[] keys, RedisValue[] values) => batch.ScriptEvaluateAsync(_digest, keys, values, CommandFlags.DemandMaster);

    [SuppressMessage("Security", "CA5350", Justification = "Redis names scripts by it (EVALSHA); nothing relies on its strength.")]
    private static byte[] DigestOf(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
}
