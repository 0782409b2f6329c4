using Microsoft.Extensions.Options;
using YarpWs.Gateway.Content.Cache;

namespace YarpWs.Gateway.Tests.Content;

public sealed class CacheStoreTests
{
    private const int MaxBytes = 1 << 20;

    private readonly CacheStore _store = new(Options.Create(new CacheStoreOptions { MaxBytes = MaxBytes }));

    [Fact]
    public void WhatWasAskedForLast_Stays_WithinTheBytesThatMayBeTaken()
    {
        for (var number = 0; number < 100; number++)
        {
            Put($"{number}", 50_000);
            Assert.NotNull(_store.Find("0"));
        }

        Assert.InRange(_store.Sum.Bytes, MaxBytes / 2, MaxBytes);
        Assert.NotNull(_store.Find("99"));
        Assert.Null(_store.Find("1"));
    }

    [Fact]
    public void AnswerThatIsLargerThanAll_PushesNothingOut()
    {
        Put("a", 1000);

        Put("b", MaxBytes);

        Assert.NotNull(_store.Find("a"));
        Assert.Null(_store.Find("b"));
    }

    [Fact]
    public void Purge_TakesOutWhatBeginsSo_HoweverMuchThereIs()
    {
        for (var number = 0; number < 500; number++)
        {
            Put($"a\n{number}", 1);
            Put($"b\n{number}", 1);
            _store.Put($"a\n{number} vary", ["accept"], _store.Generation);
        }

        var before = _store.Sum.Answers;
        var purged = _store.Purge("a\n");

        Assert.InRange(purged, 1, 500);
        Assert.Equal(0, _store.Purge("a\n"));
        Assert.NotNull(_store.Find("b\n499"));
        Assert.Equal(_store.Sum.Answers, _store.Purge(""));
        Assert.Equal((0, 0L), _store.Sum);
        Assert.True(before > purged);
    }

    [Fact]
    public void Sum_CountsAnswersAlone()
    {
        Put("a", 1);
        Put("a", 2);
        _store.Put("b", ["accept"], _store.Generation);

        Assert.Equal(1, _store.Sum.Answers);
    }

    [Fact]
    public void WhatWasAskedForBeforeAPurge_IsNotKept()
    {
        var generation = _store.Generation;
        _store.Purge("");

        _store.Put("a", Answer(1), generation);

        Assert.Null(_store.Find("a"));
    }

    [Fact]
    public void WhatIsOnItsWay_IsBoundedAsWell()
    {
        Assert.True(_store.TryRecord(MaxBytes - 1));
        Assert.False(_store.TryRecord(2));

        _store.Release(MaxBytes - 1);

        Assert.True(_store.TryRecord(2));
    }

    private void Put(string key, int bytes) => _store.Put(key, Answer(bytes), _store.Generation);

    private static CachedAnswer Answer(int bytes) => new()
    {
        Status = 200,
        Headers = [],
        Body = new byte[bytes],
        StoredAt = 0,
        AgeBefore = TimeSpan.Zero,
        Lifetime = TimeSpan.FromMinutes(1),
        StaleWhileRevalidate = TimeSpan.Zero,
        StaleIfError = TimeSpan.Zero,
    };
}
