using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Transport;

/// <summary>Holds the number of connections that the settings allow against the number of descriptors that the system does, before anything listens.</summary>
internal static class DescriptorCheck
{
    /// <summary>The first thing that a process does: it could not even say later what it lacks.</summary>
    /// <exception cref="InvalidSettingException">There are too few to start at all.</exception>
    public static void ThrowIfTooFew(Descriptors descriptors)
    {
        if (descriptors.Limit < Descriptors.Least)
        {
            throw new InvalidSettingException(
                "RLIMIT_NOFILE",
                $"this process may have {descriptors.Limit} descriptors, which is not enough to start; expected at least {Descriptors.Least}, and one or two more for each connection. "
                    + "Raise it: LimitNOFILE= of the unit, ulimit -n, --ulimit nofile= of the container.");
        }
    }

    /// <summary>Tells the operator when connections will be refused before the setting says so.</summary>
    /// <param name="descriptors">What the system allows.</param>
    /// <param name="setting">The setting's key.</param>
    /// <param name="connections">Its value.</param>
    /// <param name="each">How many descriptors a connection takes.</param>
    /// <param name="logger">Is told.</param>
    /// <param name="beside">How many the settings give to something else.</param>
    public static void Compare(Descriptors descriptors, string setting, long connections, int each, ILogger logger, int beside = 0)
    {
        var room = descriptors.RoomFor(each, beside);
        if (room < connections)
        {
            logger.FewDescriptors(descriptors.Limit, room, setting, connections);
        }
    }
}
