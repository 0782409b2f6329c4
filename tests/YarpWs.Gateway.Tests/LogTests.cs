using System.Reflection;
using Microsoft.Extensions.Logging;

namespace YarpWs.Gateway.Tests;

public sealed class LogTests
{
    [Fact]
    public void Ids_AreEachOneEvents()
    {
        var events = typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => (method.Name, method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId))
            .Where(one => one.EventId is not null)
            .ToList();

        Assert.NotEmpty(events);
        Assert.Empty(events.GroupBy(one => one.EventId).Where(same => same.Count() > 1).Select(same => string.Join(", ", same.Select(one => one.Name))));
    }
}
