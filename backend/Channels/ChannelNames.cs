using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Channels;

/// <summary>
/// The names that channels_redis gives to groups, channels and keys, and those that this system of rooms has there. To Django all nodes together are one process with one
/// key of messages, so that each message is taken by one of them; within it each node has a channel of its own for each of its groups.
/// </summary>
internal sealed class ChannelNames(HubName hub, IOptions<ChannelsOptions> options, IOptions<RedisOptions> redis)
{
    /// <summary>Channels, <c>layers.py</c>: a group's name is shorter.</summary>
    private const int MaxGroupName = 100;

    private readonly string _prefix = options.Value.Prefix;
    private readonly string _groupPrefix = options.Value.GroupPrefix;

    /// <summary>Tells this system of rooms from every other on the same Redis.</summary>
    public string System { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{redis.Value.KeyPrefix}:{hub}")).AsSpan(..16));

    /// <summary>What the names of all channels of this system begin with: <c>specific.PROCESS!</c>.</summary>
    public string OwnProcess => $"specific.{System}!";

    /// <summary>Sorted set: messages that wait for this system, scored by when they were sent.</summary>
    public RedisKey OwnMessages => Messages(OwnProcess);

    /// <summary>Sorted set: those of them that a node has taken and that are not in a log yet.</summary>
    public RedisKey InFlight => $"{redis.Value.KeyPrefix}:{{{hub}}}:channels:taken";

    /// <summary>String: how often a reader has taken some.</summary>
    public RedisKey Runs(Guid reader) => $"{redis.Value.KeyPrefix}:{{{hub}}}:channels:runs:{reader:N}";

    /// <summary>String: the node that takes them, for as long as the key lives.</summary>
    public RedisKey Lease => $"{redis.Value.KeyPrefix}:{{{hub}}}:channels:reader";

    /// <summary>To which a node that may read is subscribed for as long as it is there.</summary>
    public RedisChannel Reader(string holder) => RedisChannel.Literal($"{redis.Value.KeyPrefix}:{{{hub}}}:channels:reader:{holder}");

    /// <summary>Every group of the pub/sub layer that is a group of rooms too.</summary>
    public RedisChannel GroupPattern => RedisChannel.Pattern($"{Escape(_prefix)}__group__{Escape(_groupPrefix)}*");

    /// <summary>Whether a group of rooms is one that Django can name: its pattern is <c>^[a-zA-Z\d\-_.]+$</c>, and its <c>\d</c> takes the digits of every script.</summary>
    public bool Maps(GroupKey group) =>
        group.Hub == hub
        && group.Name.Length < MaxGroupName
        && group.Name.StartsWith(_groupPrefix, StringComparison.Ordinal)
        && group.Name.All(character => char.IsAsciiLetter(character) || char.IsDigit(character) || character is '-' or '_' or '.');

    /// <summary>The group of rooms that a group of Django is; false for those of others.</summary>
    public bool TryFind(string name, out GroupKey group) => GroupKey.TryCreate(hub, name, out group) && group.Name == name && Maps(group);

    /// <summary>Sorted set: the channels in a group, scored by when they joined.</summary>
    public RedisKey Group(string name) => $"{_prefix}:group:{name}";

    /// <summary>Sorted set: messages that wait for a process, by what the names of its channels begin with.</summary>
    public RedisKey Messages(string process) => _prefix + process;

    /// <summary>A group in the pub/sub layer.</summary>
    public RedisChannel GroupChannel(string name) => RedisChannel.Literal($"{_prefix}__group__{name}");

    /// <summary>A channel of this system for a group, that no other has or had.</summary>
    public string NewChannel(string group) => $"{OwnProcess}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.{group}";

    /// <summary>Whether a channel is one of <see cref="NewChannel"/>, and for which group.</summary>
    public bool TryReadOwn(string channel, out string group)
    {
        group = "";
        if (!channel.StartsWith(OwnProcess, StringComparison.Ordinal) || channel.IndexOf('.', OwnProcess.Length) is not (> 0 and var point))
        {
            return false;
        }

        group = channel[(point + 1)..];
        return true;
    }

    /// <summary>What the names of all channels of a process begin with: up to its <c>!</c>; a channel without one is nobody's own.</summary>
    public static string ProcessOf(string channel) => channel[..(channel.IndexOf('!', StringComparison.Ordinal) + 1)];

    /// <summary>The group whose channel of the pub/sub layer this is.</summary>
    public string GroupOf(string channel) => channel[(_prefix.Length + "__group__".Length)..];

    /// <summary>A time as channels_redis scores by it: seconds since 1970.</summary>
    public static double Score(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    public static string ScoreText(double score) => score.ToString("F6", CultureInfo.InvariantCulture);

    private static string Escape(string text) => string.Concat(text.Select(character => character is '*' or '?' or '[' or ']' or '\\' or '^' ? $"\\{character}" : $"{character}"));
}
