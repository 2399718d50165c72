using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class EmailTests
{
    [TestCase("ada@example.com")]
    [TestCase("  Ada@Example.COM ", "ada@example.com")]
    [TestCase("o'brien+x@mail.example.co.uk")]
    [TestCase("admin@localhost")]
    [TestCase("jürgen@exämple.de")]
    public void An_address_is_kept_trimmed_and_in_lower_case(string text, string? kept = null) =>
        Assert.That(Email.Parse(text).Value.Value, Is.EqualTo(kept ?? text));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("ada")]
    [TestCase("ada@")]
    [TestCase("@example.com")]
    [TestCase("a@b@example.com")]
    [TestCase("ada lovelace@example.com")]
    [TestCase("ada@example..com")]
    [TestCase("ada@example.com\nBcc: x@example.com")]
    public void Anything_else_is_refused(string? text) => Assert.That(Email.Parse(text).IsError);

    [Test]
    public void An_address_longer_than_mail_can_carry_is_refused() =>
        Assert.That(Email.Parse($"ada@{new string('x', Email.MaxLength)}.com").IsError);
}
