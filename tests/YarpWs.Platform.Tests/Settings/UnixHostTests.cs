using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Tests.Settings;

public sealed class UnixHostTests
{
    [Theory]
    [InlineData("http://unix:/run/app.sock")]
    [InlineData("http://unix:/run/Ä b/app.sock")]
    [InlineData("http://unix:/run/app.sock:/base")]
    [InlineData("http://unix:/run/app.sock:/base/")]
    public void Address_IsShownAsItWasWritten(string address)
    {
        var encoded = UnixHost.Encode(address);

        Assert.NotEqual(address, encoded);
        Assert.Equal(address, UnixHost.Shown(encoded));
    }

    [Fact]
    public void LongestPath_MakesAHostThatIsOne()
    {
        var path = "/" + new string('x', 106);
        var address = new Uri(UnixHost.Encode($"http://unix:{path}"));

        Assert.Equal(path, UnixHost.PathOf(address.IdnHost));
        Assert.True(address.IdnHost.Length <= 253 && address.IdnHost.Split('.').All(label => label.Length <= 63));
        Assert.NotNull(UnixHost.FaultOf($"http://unix:{path}y"));
        Assert.Null(UnixHost.FaultOf($"http://unix:{path}"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:80")]
    [InlineData("http://unix.example/")]
    public void OtherAddresses_StayAsTheyAre(string address)
    {
        Assert.Equal(address, UnixHost.Encode(address));
        Assert.Equal(address, UnixHost.Shown(address));
        Assert.Null(UnixHost.PathOf(new Uri(address).Host));
    }
}
