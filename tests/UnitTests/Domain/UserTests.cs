using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class UserTests
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UnixEpoch.AddDays(1);

    [Test]
    public void A_new_address_is_not_verified()
    {
        var user = Ada();

        user.ChangeEmail(Email.Parse("ada@elsewhere.example").Value, Later);

        Assert.Multiple(() =>
        {
            Assert.That(user.IsVerified, Is.False);
            Assert.That(user.UpdatedAt, Is.EqualTo(Later));
        });
    }

    [Test]
    public void The_same_address_again_stays_verified()
    {
        var user = Ada();

        user.ChangeEmail(Email.Parse("ADA@example.com").Value, Later);

        Assert.That(user.IsVerified);
    }

    [Test]
    public void A_deactivated_administrator_does_not_count_as_one()
    {
        var user = Ada();
        Assert.That(user.IsActiveAdmin);

        user.SetActive(false, Later);

        Assert.That(user.IsActiveAdmin, Is.False);
    }

    private static User Ada() => User.Create(
        Email.Parse("ada@example.com").Value, PersonName.Parse("Ada").Value, "hash", Role.Admin, isVerified: true, DateTimeOffset.UnixEpoch);
}
