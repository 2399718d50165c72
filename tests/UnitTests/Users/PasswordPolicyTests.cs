using FaceId.Application.Users;
using FaceId.Domain.Users;

namespace FaceId.UnitTests.Users;

public sealed class PasswordPolicyTests
{
    private const string Email = "ada.lovelace1815@analytical-engine.example.com";
    private const string Name = "Augusta Ada King-Noel";

    private static readonly CommonPasswords Common = new();
    private static readonly PasswordPolicy Policy = new(new PasswordOptions(), Common);
    private static readonly PasswordPolicy Short = new(new PasswordOptions(Password.LowestMinLength), Common);

    [TestCase("correct horse battery")]
    [TestCase("lowercaseonlyletters", Description = "No rules of composition.")]
    [TestCase("836294710473", Description = "Digits alone, if nobody else has them.")]
    [TestCase("  vier dicke Bienen  ")]
    [TestCase("слон играет на флейте")]
    [TestCase("🔑🐎🔋🧷🌞🌚🌵🍉🎻🎲🚲🛶")]
    [TestCase("dragon sleeps under Tuesday", Description = "A common word among others.")]
    [TestCase("jennifer-84729104-trumpet")]
    [TestCase("lovelace likes marmalade", Description = "A word of the person's own beside enough others.")]
    [TestCase("Kingfisher at noon", Description = "'King' is in it by chance.")]
    [TestCase("U5tAKvQ5gEKDfb4zsv3A")]
    public void Good_ones_are_accepted(string password) => Assert.That(Policy.Check(password, Email, Name).IsError, Is.False);

    [TestCase("123qweasdzxc")]
    [TestCase("123QWEasdZXC", Description = "In any case.")]
    [TestCase("１２３ｑｗｅａｓｄｚｘｃ", Description = "In letters of full width.")]
    [TestCase("Administrator")]
    [TestCase("unbelievable")]
    [TestCase("password123456")]
    [TestCase("Password2024!", Description = "With a year and a sign.")]
    [TestCase("P@ssw0rd!2024", Description = "Masked as well.")]
    [TestCase("!!!$uperman!!!", Description = "Masked at an end.")]
    [TestCase("4dm1n1str4t0r")]
    [TestCase("1iverp001!99", Description = "With a one for an l.")]
    [TestCase("trustno1!!!!", Description = "A common one that ends in a digit itself.")]
    [TestCase("...monkey...")]
    [TestCase("1qaz-2wsx-3edc", Description = "With separators.")]
    [TestCase("i love you i love you")]
    [TestCase("1 2 3 4 5 6 7 8 9 0")]
    [TestCase("jennifer123456789", Description = "Two common ones.")]
    public void Common_ones_and_their_disguises_are_refused(string password) => ShouldBeRefused(Policy, password, "attackers try first");

    [TestCase("aaaaaaaaaaaa")]
    [TestCase("            ")]
    [TestCase("🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑")]
    [TestCase("xq7zxq7zxq7z")]
    [TestCase("xq7zxq7zxq7zxq", Description = "The last time in part.")]
    [TestCase("XQ7zxq7ZxQ7z", Description = "In any case.")]
    public void A_short_piece_repeated_is_refused(string password) => ShouldBeRefused(Policy, password, "repeats");

    [TestCase("sunflower1sunflower1", Description = "A common password twice.")]
    [TestCase("dragon!7dragon!7", Description = "One in disguise twice.")]
    [TestCase("xxxxxxxxxxxx7!", Description = "With something behind it.")]
    public void A_piece_that_is_guessed_is_no_better_for_being_repeated(string password) =>
        ShouldBeRefused(Policy, password, "attackers try first");

    [Test]
    public void A_long_piece_of_ones_own_may_be_repeated() =>
        Assert.That(Policy.Check("nine blue owls nine blue owls", Email, Name).IsError, Is.False);

    [TestCase("lovelace1815", Description = "The address.")]
    [TestCase("AdaLovelace1815!", Description = "In any case.")]
    [TestCase("ada.lovelace1815@")]
    [TestCase("lovelacelovelace", Description = "Repeated.")]
    [TestCase("analytical engine", Description = "The domain.")]
    [TestCase("Augusta-King-1!", Description = "The name.")]
    [TestCase("4ugu5t4 k1ng 77", Description = "Masked.")]
    [TestCase("augustaadakingnoel", Description = "Run together.")]
    [TestCase("Ａｕｇｕｓｔａ１２３４５", Description = "In letters of full width.")]
    [TestCase("faceid-engine", Description = "The service.")]
    [TestCase("Face-ID-4711")]
    [TestCase("noel!password1", Description = "The name and a common password.")]
    public void What_the_person_is_called_does_not_make_a_password(string password) => ShouldBeRefused(Policy, password, "name of this service");

    [Test]
    public void Short_words_of_the_person_do_not_count() =>
        Assert.That(Policy.Check("ada bob eve tim", "ada@bob.eve", "Tim").IsError, Is.False);

    [TestCase("not an address", "")]
    [TestCase(null, null)]
    public void An_address_or_name_that_is_none_is_passed_over(string? email, string? name) =>
        Assert.That(Policy.Check("correct horse battery", email, name).IsError, Is.False);

    [TestCase(null)]
    [TestCase("short")]
    public void Too_short_a_one_is_refused_for_that(string? password) => ShouldBeRefused(Policy, password, "at least 12");

    [TestCase("basketball")]
    [TestCase("8a5k37b411", Description = "One that reads as i or l.")]
    [TestCase("dragon12")]
    [TestCase("love2024")]
    public void A_lower_minimum_still_keeps_common_ones_out(string password) => ShouldBeRefused(Short, password, "attackers try first");

    [Test]
    public void A_lower_minimum_lets_shorter_ones_in() => Assert.That(Short.Check("xq7!vw_2", Email, Name).IsError, Is.False);

    private static void ShouldBeRefused(PasswordPolicy policy, string? password, string why)
    {
        var result = policy.Check(password, Email, Name);
        Assert.That(result.IsError, $"'{password}' was accepted.");
        Assert.Multiple(() =>
        {
            Assert.That(result.FirstError.Code, Is.EqualTo("validation"));
            Assert.That(result.FirstError.Metadata!["field"], Is.EqualTo("password"));
            Assert.That(result.FirstError.Description, Does.Contain(why).And.EndsWith("."));
        });
    }
}
