using System.Reflection;
using Xunit;
using YarpWs.Backend;
using YarpWs.Gateway;
using YarpWs.Platform.Settings;

namespace YarpWs.EndToEnd.Tests.Layout;

/// <summary>Folders are the architecture: what one may know of another, in both processes and in what they stand on.</summary>
public sealed class RoomsTests
{
    private static readonly Rooms Platform = new(typeof(InvalidSettingException).Assembly, "YarpWs.Platform");
    private static readonly Rooms Gateway = new(typeof(GatewayHost).Assembly, "YarpWs.Gateway");
    private static readonly Rooms Backend = new(typeof(BackendHost).Assembly, "YarpWs.Backend");

    [Theory]
    [InlineData("Platform")]
    [InlineData("Gateway")]
    [InlineData("Backend")]
    public void Rooms_FormNoCycle(string project)
    {
        var rooms = Of(project);

        Assert.NotEmpty(rooms.References);
        var cycle = rooms.Cycle();

        Assert.True(cycle is null, cycle is null ? "" : string.Join(Environment.NewLine, cycle.Zip(cycle.Skip(1), (from, to) => $"{from} -> {to}: {string.Join(", ", rooms.References[(from, to)])}")));
    }

    [Theory]
    [InlineData("Gateway", "Operator", "Routes", "Handshakes", "Access", "Forwarding", "Edge", "Sockets", "Redis", "Telemetry", "Requests")]
    [InlineData("Backend", "Api", "Rooms", "Groups", "Channels", "Streams", "Connections", "Protocols", "Redis", "Access", "Telemetry", "Messages")]
    public void Room_IsKnownToNoneBelowIt(string project, string top, params string[] below) =>
        Assert.DoesNotContain(below, room => Of(project).References.ContainsKey((room, top)));

    [Theory]
    [InlineData("Gateway", "Requests")]
    [InlineData("Backend", "Messages")]
    public void LowestRoom_KnowsNoOther(string project, string lowest) =>
        Assert.DoesNotContain(Of(project).References.Keys, reference => reference.From == lowest);

    [Theory]
    [InlineData("Platform", "YarpWs.Gateway", "YarpWs.Backend")]
    [InlineData("Gateway", "YarpWs.Backend")]
    [InlineData("Backend", "YarpWs.Gateway")]
    public void Project_DoesNotKnow(string project, params string[] others)
    {
        var assembly = project switch { "Platform" => typeof(InvalidSettingException).Assembly, "Gateway" => typeof(GatewayHost).Assembly, _ => typeof(BackendHost).Assembly };

        Assert.Empty(assembly.GetReferencedAssemblies().Select((AssemblyName name) => name.Name).Intersect(others));
    }

    /// <summary>The composition root puts the rooms together; what they take from it is the log alone.</summary>
    [Theory]
    [InlineData("Gateway")]
    [InlineData("Backend", "Messages")]
    public void Root_IsKnownForItsLogAlone_WhichKnowsNoRoom(string project, params string[] except)
    {
        Assert.Equal(["Log"], Of(project).ReferencesToTheRoot);
        Assert.Empty(Of(project).RoomsThatAreKnownTo("Log").Except(except));
    }

    private static Rooms Of(string project) => project switch { "Platform" => Platform, "Gateway" => Gateway, _ => Backend };
}
