using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Tests.Node;

namespace YarpWs.Backend.Tests.Groups;

public sealed class GroupMembersTests
{
    [Fact]
    public void WhoJoinedExactlyAtTheEndOfAGap_IsNotClosed()
    {
        var members = new GroupMembers();
        members.Add(TestConnection.New(), 99);
        members.Add(TestConnection.New(), 100);
        members.Add(TestConnection.New(), 101);

        Assert.Equal(1, members.Close(CloseCode.MessagesLost, joinedBefore: 100));
    }
}
