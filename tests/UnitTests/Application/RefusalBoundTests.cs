using FaceId.Application.Common.Behaviours;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.UnitTests.Application;

public sealed class RefusalBoundTests
{
    [Test]
    public void One_refusal_a_minute_is_admitted_for_each_caller_and_permission()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        var bound = new RefusalBound(time);
        var admitted = Enumerable.Range(0, 1000).Count(_ => bound.Admits(7, "users.read"));

        Assert.Multiple(() =>
        {
            Assert.That(admitted, Is.EqualTo(1));
            Assert.That(bound.Admits(7, "logs.read"));
            Assert.That(bound.Admits(8, "users.read"));
            Assert.That(bound.Admits(-7, "users.read"), "Key 7 is not account 7.");
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.That(bound.Admits(7, "users.read"));
            Assert.That(bound.Admits(7, "users.read"), Is.False);
        });
    }
}
