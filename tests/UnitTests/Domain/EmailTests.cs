using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class EmailTests
{
    [TestCase("ada@example.com")]
    [TestCase("  Ada@Example.COM ", "ada@example.com")]
    [TestCase("o'brien+x@mail.example.co.uk")]
    [TestCase("ada.@example.com")]
    [TestCase("a..b@example.com")]
    [TestCase("admin@localhost")]
    public void An_address_is_kept_trimmed_and_in_lower_case(string text, string? kept = null) =>
        Assert.That(Email.Parse(text).Value.Value, Is.EqualTo(kept ?? text));

    [TestCase("ada@exämple.de", "ada@xn--exmple-cua.de")]
    [TestCase("ada@EXÄMPLE.de", "ada@xn--exmple-cua.de")]
    [TestCase("ada@XN--EXMPLE-CUA.de", "ada@xn--exmple-cua.de")]
    [TestCase("ada@пример.рф", "ada@xn--e1afmkfd.xn--p1ai")]
    [TestCase("ada@日本語テストtest.jp", "ada@xn--test-un4czcp7889hdocu19k.jp")]
    [TestCase("ada@한국abc.kr", "ada@xn--abc-lt8lk11n.kr")]
    [TestCase("ada@ｅｘａｍｐｌｅ。com", "ada@example.com", Description = "Full-width letters mean the same domain.")]
    public void A_domain_in_any_script_is_kept_as_DNS_has_it(string text, string kept) =>
        Assert.That(Email.Parse(text).Value.Value, Is.EqualTo(kept));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("ada")]
    [TestCase("ada@")]
    [TestCase("@example.com")]
    [TestCase("a@b@example.com")]
    [TestCase("ada lovelace@example.com")]
    [TestCase("ada@example..com")]
    [TestCase("ada@example.com.")]
    [TestCase("ada@-example.com")]
    [TestCase("ada@exa_mple.com")]
    [TestCase("ada@[127.0.0.1]")]
    [TestCase("ada@xn--a")]
    [TestCase("ada@example.com\nBcc: x@example.com")]
    [TestCase("ada@example.com,eve@example.com")]
    [TestCase("eve,ada@example.com")]
    [TestCase("\"ada\"@example.com")]
    [TestCase("Ada<ada@example.com>")]
    public void Anything_else_is_refused(string? text) => Assert.That(Email.Parse(text).IsError);

    [TestCase("\u0430da@example.com", Description = "Cyrillic a")]
    [TestCase("сара@example.com", Description = "All Cyrillic, and yet it could be Latin")]
    [TestCase("ｋate@example.com", Description = "Full-width k")]
    [TestCase("\u212Aate@example.com", Description = "The sign for kelvin, whose lower case is k")]
    [TestCase("m\u0131ke@example.com", Description = "The Turkish i without a dot, whose upper case is I")]
    [TestCase("a\u0301da@example.com", Description = "Combining accent")]
    public void Before_the_at_sign_nothing_looks_like_another_letter(string text) => Assert.That(Email.Parse(text).IsError);

    [TestCase("ada@ex\u0430mple.com", Description = "Cyrillic a among Latin letters")]
    [TestCase("ada@g\u03BFogle.com", Description = "Greek o among Latin letters")]
    [TestCase("ada@xn--exmple-4nf.com", Description = "The first one, in disguise")]
    [TestCase("ada@\u0561pple.com", Description = "Armenian")]
    [TestCase("ada@\u13AAoogle.com", Description = "Cherokee")]
    public void A_domain_whose_words_mix_scripts_is_refused(string text) => Assert.That(Email.Parse(text).IsError);

    [TestCase("a\0da@example.com")]
    [TestCase("ada@example.com\0.evil.example")]
    [TestCase("a\u200Bda@example.com", Description = "Zero-width space")]
    [TestCase("ada@exam\u200Dple.com", Description = "Zero-width joiner")]
    [TestCase("ada@exam\u00ADple.com", Description = "Soft hyphen")]
    [TestCase("\u202Eada@example.com", Description = "Right-to-left override")]
    [TestCase("ada@example.com\u2066", Description = "Isolate")]
    [TestCase("\uFEFFada@example.com", Description = "Byte order mark")]
    public void What_cannot_be_seen_is_refused(string text) => Assert.That(Email.Parse(text).IsError);

    [Test]
    public void Half_a_character_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(Email.Parse($"{(char)0xD800}ada@example.com").IsError);
        Assert.That(Email.Parse($"ada@ex{(char)0xDC00}ample.com").IsError);
    });

    [Test]
    public void An_address_longer_than_mail_can_carry_is_refused()
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('x', 61), 4));

        Assert.Multiple(() =>
        {
            Assert.That(Email.Parse($"abcde@{domain}").Value.Value, Has.Length.EqualTo(253));
            Assert.That(Email.Parse($"abcdefg@{domain}").IsError);
            Assert.That(Email.Parse($"ada@{new string('x', 64)}.com").IsError, "DNS has no longer words.");
            Assert.That(Email.Parse($"{new string('a', 65)}@example.com").IsError, "SMTP has no longer mailboxes.");
        });
    }

    [Test]
    public void What_is_stored_is_read_as_itself()
    {
        var stored = Email.Parse("Ada@EXÄMPLE.de").Value;

        Assert.That(Email.Parse(stored.Value).Value, Is.EqualTo(stored));
    }
}
