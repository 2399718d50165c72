using System.Net;
using FaceId.Web.Http;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.UnitTests.Http;

public sealed class AllowancesTests
{
    private static readonly RateLimitPolicy Policy = new("test", 3, TimeSpan.FromMinutes(1));
    private static readonly CallerKey Ada = CallerKey.Account(1);

    private readonly FakeTimeProvider _time = new();

    [Test]
    public void The_quota_may_be_used_at_once_and_not_a_request_more()
    {
        var allowances = new Allowances(_time);

        var takings = Enumerable.Range(0, 5).Select(_ => allowances.Take(Policy, Ada)).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(takings.Select(taking => taking.IsTaken), Is.EqualTo(new[] { true, true, true, false, false }));
            Assert.That(takings.Select(taking => taking.Remaining), Is.EqualTo(new[] { 2, 1, 0, 0, 0 }));
        });
    }

    [Test]
    public void To_ask_whether_anything_is_left_takes_nothing()
    {
        var allowances = new Allowances(_time);

        var spent = Enumerable.Range(0, 4).Select(_ => (allowances.IsSpent(Policy, Ada), allowances.IsSpent(Policy, Ada), allowances.Take(Policy, Ada).IsTaken)).ToList();
        _time.Advance(Policy.Interval);

        Assert.Multiple(() =>
        {
            Assert.That(spent, Is.EqualTo(new[] { (false, false, true), (false, false, true), (false, false, true), (true, true, false) }));
            Assert.That(allowances.IsSpent(Policy, Ada), Is.False);
        });
    }

    [Test]
    public void The_reset_is_when_the_quota_is_whole_again_or_with_nothing_left_when_one_more_request_is_taken()
    {
        var allowances = new Allowances(_time);

        var resets = Enumerable.Range(0, 4).Select(_ => allowances.Take(Policy, Ada).Reset.TotalSeconds).ToList();

        Assert.That(resets, Is.EqualTo(new[] { 20.0, 40, 20, 20 }));
    }

    [Test]
    public void Who_waits_as_long_as_told_is_let_in_and_not_sooner()
    {
        var allowances = new Allowances(_time);
        var refused = Exhaust(allowances, Ada);

        _time.Advance(refused.Reset - TimeSpan.FromTicks(1));
        var sooner = allowances.Take(Policy, Ada);
        _time.Advance(sooner.Reset);
        var then = allowances.Take(Policy, Ada);

        Assert.Multiple(() =>
        {
            Assert.That(sooner.IsTaken, Is.False);
            Assert.That(sooner.Reset, Is.EqualTo(TimeSpan.FromTicks(1)), "Refused requests cost nothing.");
            Assert.That(then.IsTaken);
        });
    }

    [Test]
    public void Time_gives_back_no_more_than_the_quota()
    {
        var allowances = new Allowances(_time);
        Exhaust(allowances, Ada);

        _time.Advance(TimeSpan.FromDays(1));

        Assert.That(Enumerable.Range(0, 4).Select(_ => allowances.Take(Policy, Ada).IsTaken), Is.EqualTo(new[] { true, true, true, false }));
    }

    [Test]
    public void Callers_and_policies_are_counted_apart()
    {
        var allowances = new Allowances(_time);
        Exhaust(allowances, Ada);

        Assert.Multiple(() =>
        {
            Assert.That(allowances.Take(Policy, CallerKey.Account(2)).IsTaken);
            Assert.That(allowances.Take(Policy, CallerKey.ApiKey(1)).IsTaken);
            Assert.That(allowances.Take(Policy, CallerKey.Address(IPAddress.Parse("0.0.0.1"))).IsTaken);
            Assert.That(allowances.Take(Policy with { Name = "other" }, Ada).IsTaken);
        });
    }

    [Test]
    public async Task Many_at_once_get_no_more_than_one_after_the_other()
    {
        var allowances = new Allowances(_time);
        var policy = new RateLimitPolicy("many", 500, TimeSpan.FromMinutes(1));

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => Enumerable.Range(0, 200).Count(_ => allowances.Take(policy, Ada).IsTaken))));

        Assert.That(taken.Sum(), Is.EqualTo(500));
    }

    [Test]
    public void Callers_who_stayed_away_are_forgotten()
    {
        var allowances = new Allowances(_time);
        for (var id = 0; id < 1000; id++)
        {
            allowances.Take(Policy, CallerKey.Account(id));
        }

        Assert.That(allowances.Count, Is.EqualTo(1000));
        _time.Advance(TimeSpan.FromSeconds(19));
        Exhaust(allowances, Ada);
        _time.Advance(TimeSpan.FromSeconds(5));
        allowances.Take(Policy, CallerKey.Account(-1));

        Assert.Multiple(() =>
        {
            Assert.That(allowances.Count, Is.EqualTo(2), "Ada, who is not through yet, and the newest.");
            Assert.That(allowances.Take(Policy, Ada).Remaining, Is.Zero, "What she used is remembered.");
        });
    }

    [Test]
    public void A_rate_by_the_second_takes_twice_of_it_in_a_burst()
    {
        var allowances = new Allowances(_time);
        var policy = RateLimitPolicy.PerSecond("key", 7);

        Assert.That(Enumerable.Range(0, 20).Count(_ => allowances.Take(policy, Ada).IsTaken), Is.EqualTo(14));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Enumerable.Range(0, 20).Count(_ => allowances.Take(policy, Ada).IsTaken), Is.EqualTo(7));
    }

    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("192.0.2.7", "::ffff:192.0.2.7", true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [TestCase("::1", "0.0.0.0", false)]
    public void Addresses_of_one_slash_64_are_one_caller(string one, string other, bool same) =>
        Assert.That(CallerKey.Address(IPAddress.Parse(one)) == CallerKey.Address(IPAddress.Parse(other)), Is.EqualTo(same));

    private static Allowance Exhaust(Allowances allowances, CallerKey caller)
    {
        Allowance last;
        while ((last = allowances.Take(Policy, caller)).IsTaken)
        {
        }

        return last;
    }
}
