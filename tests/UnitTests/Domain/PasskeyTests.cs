using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class PasskeyTests
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UnixEpoch.AddDays(1);

    [TestCase(0, 0, true, Description = "Synced passkeys do not count.")]
    [TestCase(0, 1, true)]
    [TestCase(5, 6, true)]
    [TestCase(5, 5, false)]
    [TestCase(5, 4, false)]
    [TestCase(5, 0, false, Description = "One that counted does not stop counting.")]
    public void A_count_of_signatures_only_goes_up(long before, long now, bool good)
    {
        var passkey = Passkey.Register(1, "My phone", [1], [2], [3], before, Guid.Empty, isBackedUp: false, DateTimeOffset.UnixEpoch);

        Assert.That(passkey.TryUse(now, isBackedUp: true, Later), Is.EqualTo(good));
        Assert.Multiple(() =>
        {
            Assert.That(passkey.SignCount, Is.EqualTo(good ? now : before));
            Assert.That(passkey.IsBackedUp, Is.EqualTo(good));
            Assert.That(passkey.LastUsedAt, Is.EqualTo(good ? Later : null));
        });
    }

    [TestCase(null)]
    [TestCase("  ")]
    [TestCase("two\nlines")]
    public void A_name_is_one_line_of_text(string? name) => Assert.That(Passkey.ParseName(name).IsError);

    [Test]
    public void A_name_is_trimmed_and_not_endless()
    {
        Assert.That(Passkey.ParseName(" My phone ").Value, Is.EqualTo("My phone"));
        Assert.That(Passkey.ParseName(new string('x', Passkey.MaxNameLength + 1)).IsError);
    }
}
