using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class PasswordTests
{
    [TestCase("correct horse")]
    [TestCase("            ", Description = "Spaces are characters.")]
    [TestCase("🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", Description = "Twelve code points.")]
    public void A_password_of_twelve_characters_of_any_kind_is_accepted(string password) =>
        Assert.That(Password.Check(password).IsError, Is.False);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("short")]
    [TestCase("🔑🔑🔑🔑🔑🔑", Description = "Twelve UTF-16 units, but six characters.")]
    public void A_shorter_one_is_refused(string? password) => Assert.That(Password.Check(password).IsError);

    [Test]
    public void One_longer_than_the_limit_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(Password.Check(new string('x', Password.MaxLength)).IsError, Is.False);
        Assert.That(Password.Check(new string('x', Password.MaxLength + 1)).IsError);
    });
}
