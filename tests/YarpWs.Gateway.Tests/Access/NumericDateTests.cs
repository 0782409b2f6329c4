using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Access;

public sealed class NumericDateTests
{
    [Theory]
    [InlineData("1893456000", "2030-01-01T00:00:00.000Z")]
    [InlineData("1893456000.25", "2030-01-01T00:00:00.250Z")]
    [InlineData("1.893456E9", "2030-01-01T00:00:00.000Z")]
    [InlineData("253402300799", "9999-12-31T23:59:59.000Z")]
    [InlineData("1893456000000", "9999-12-31T23:59:59.000Z")]
    [InlineData("-1", "1970-01-01T00:00:00.000Z")]
    [InlineData("soon", null)]
    [InlineData("NaN", null)]
    [InlineData(null, null)]
    public void Number_IsATime_AndOneBeyondTimeIsItsLast(string? text, string? time) =>
        Assert.Equal(time, NumericDate.Parse(text)?.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
}
