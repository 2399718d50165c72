using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class PasswordTests
{
    private const int MinLength = Password.DefaultMinLength;

    [TestCase("correct horse")]
    [TestCase("  a horse   ", Description = "Spaces are characters, at the ends too.")]
    [TestCase("🔑🐎🔋🧷🌞🌚🌵🍉🎻🎲🚲🛶", Description = "Twelve code points.")]
    [TestCase("👩‍🔬👩‍🔬👩‍🔬👩‍🔬", Description = "Twelve code points that are four pictures.")]
    [TestCase("пароль с буквами")]
    [TestCase("ﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺ", Description = "Twelve that become 216 when normalised.")]
    [TestCase("quote\" or 'semi; --")]
    public void A_password_of_twelve_characters_of_any_kind_has_the_form(string password) =>
        Assert.That(Password.CheckForm(password, MinLength).IsError, Is.False);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("short")]
    [TestCase("🔑🔑🔑🔑🔑🔑", Description = "Twelve UTF-16 units, but six characters.")]
    [TestCase("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", Description = "Six letters with their accents apart.")]
    [TestCase("ﷺ", Description = "One that becomes eighteen when normalised.")]
    public void A_shorter_one_is_refused(string? password) => ShouldBeRefused(password, "at least 12");

    [Test]
    public void One_longer_than_the_limit_is_refused()
    {
        Assert.That(Password.CheckForm(new string('x', Password.MaxLength), MinLength).IsError, Is.False);
        ShouldBeRefused(new string('x', Password.MaxLength + 1), "at most 128");
    }

    [Test]
    public void The_minimum_is_the_one_that_is_set() => Assert.Multiple(() =>
    {
        Assert.That(Password.CheckForm("1234567", 8).FirstError.Description, Does.Contain("at least 8"));
        Assert.That(Password.CheckForm("12345678", 8).IsError, Is.False);
    });

    [TestCase("correct\nhorse battery")]
    [TestCase("correct\thorse battery")]
    [TestCase("correct\0horse battery")]
    [TestCase("correct horse battery\r\n", Description = "Pasted with the end of its line.")]
    [TestCase("correct horse\u0085battery")]
    public void Control_characters_are_refused_by_name(string password) => ShouldBeRefused(password, "control character");

    // Written by code, because the arguments of attributes are kept in UTF-8, which has no such thing.
    [TestCase(0xD83D, Description = "The first half of a pair.")]
    [TestCase(0xDD11, Description = "The second half.")]
    [TestCase(0xFFFE, Description = "No character at all.")]
    public void Half_a_character_is_refused(int code) => Assert.Multiple(() =>
    {
        ShouldBeRefused((char)code + " correct horse", "half of a character");
        ShouldBeRefused("correct horse " + (char)code, "half of a character");
        ShouldBeRefused("correct " + (char)code + (char)code + " horse", "half of a character");
    });

    [TestCase("Ｐａｓｓ", "pass", Description = "Letters of full width.")]
    [TestCase("e\u0301", "é")]
    [TestCase("ﬃ", "ffi")]
    [TestCase("𝒫𝒶𝓈𝓈", "pass")]
    public void Passwords_are_compared_in_one_form(string text, string folded) => Assert.That(Password.Fold(text), Is.EqualTo(folded));

    private static void ShouldBeRefused(string? password, string why)
    {
        var error = Password.CheckForm(password, MinLength).FirstError;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("validation"));
            Assert.That(error.Metadata!["field"], Is.EqualTo("password"));
            Assert.That(error.Description, Does.Contain(why).And.EndsWith("."));
        });
    }
}
