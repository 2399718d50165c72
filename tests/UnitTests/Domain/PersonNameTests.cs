using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class PersonNameTests
{
    [TestCase("Ada Lovelace")]
    [TestCase("  Ada\u00A0", "Ada")]
    [TestCase("O’Brien-Ñúñez, Jr.")]
    [TestCase("Nguyễn Thị Minh Khai")]
    [TestCase("山田 太郎")]
    [TestCase("김철수")]
    [TestCase("Александр Пушкин")]
    [TestCase("محمد علي")]
    [TestCase("שרה כהן")]
    [TestCase("علی\u200Cرضا", Description = "Persian: the non-joiner is part of the spelling")]
    [TestCase("ශ\u0DCA\u200Dරී", Description = "Sinhala: the joiner is part of the spelling")]
    [TestCase("क\u094D\u200Dषमा", Description = "Devanagari")]
    [TestCase("𠮷田", Description = "An ideograph beyond the first plane")]
    [TestCase("X Æ A-12")]
    public void A_name_in_any_script_is_kept(string text, string? kept = null) =>
        Assert.That(PersonName.Parse(text).Value.Value, Is.EqualTo(kept ?? text));

    [Test]
    public void Two_ways_to_write_one_letter_are_one_name() =>
        Assert.That(PersonName.Parse("Jose\u0301").Value, Is.EqualTo(PersonName.Parse("José").Value));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("   ")]
    [TestCase("Ada\nLovelace")]
    [TestCase("Ada\u2028Lovelace", Description = "Line separator")]
    [TestCase("Ada\0")]
    [TestCase("...", Description = "Nothing to call somebody by")]
    [TestCase("Ada\u202Eecalevol", Description = "Right-to-left override")]
    [TestCase("\u2067Ada", Description = "Isolate")]
    [TestCase("Ada\u200FLovelace", Description = "Right-to-left mark")]
    [TestCase("Ada\u200BLovelace", Description = "Zero-width space")]
    [TestCase("Ada\u200DLovelace", Description = "A joiner where nothing joins")]
    [TestCase("علی\u200C", Description = "A non-joiner at the end")]
    [TestCase("\u200Cعلی", Description = "A non-joiner at the beginning")]
    [TestCase("علی\u200C\u200Cرضا", Description = "Two of them")]
    [TestCase("Ada\uFEFF", Description = "Byte order mark")]
    [TestCase("Ada\u00ADLovelace", Description = "Soft hyphen")]
    [TestCase("\u3164", Description = "Hangul filler: a letter that is blank")]
    [TestCase("Ada\uE000", Description = "Private use")]
    [TestCase("Ada\uFFFF", Description = "No character")]
    [TestCase("Ada\U000E0041", Description = "Tag character")]
    public void A_name_that_hides_something_is_refused(string? text) => Assert.That(PersonName.Parse(text).IsError);

    [Test]
    public void Half_a_character_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(PersonName.Parse($"Ada{(char)0xD83D}").IsError);
        Assert.That(PersonName.Parse($"{(char)0xDE00}Ada").IsError);
    });

    [Test]
    public void A_name_longer_than_any_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(PersonName.Parse(new string('a', PersonName.MaxLength)).IsError, Is.False);
        Assert.That(PersonName.Parse(new string('a', PersonName.MaxLength + 1)).IsError);
    });
}
