using System.Text.RegularExpressions;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Users.Mail;

namespace FaceId.UnitTests.Users;

public sealed class MailRendererTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 5, 0, TimeSpan.Zero);

    // What the use cases give; the comments of MailKind say the same.
    private static readonly Dictionary<MailKind, string[]> Needed = new()
    {
        [MailKind.VerifyEmail] = ["link", "token", "hours"],
        [MailKind.AddressAlreadyRegistered] = [],
        [MailKind.ResetPassword] = ["link", "token", "minutes"],
        [MailKind.EmailChangeRequested] = ["link", "token", "hours"],
        [MailKind.EmailChangeNotice] = [],
        [MailKind.EmailChanged] = [],
        [MailKind.PasswordChanged] = [],
        [MailKind.NewSignIn] = ["device", "ip"],
        [MailKind.MfaEnabled] = [],
        [MailKind.MfaDisabled] = [],
        [MailKind.MfaReset] = [],
        [MailKind.MfaResetWithToken] = ["token", "hours"],
        [MailKind.RecoveryCodeUsed] = ["left"],
        [MailKind.RecoveryCodesReissued] = [],
        [MailKind.PasskeyAdded] = ["name"],
        [MailKind.PasskeyRemoved] = ["name"],
        [MailKind.SessionsRevoked] = [],
        [MailKind.RoleChanged] = ["role"],
        [MailKind.AccountDisabled] = [],
        [MailKind.AccountErased] = ["id", "receipt"],
        [MailKind.ApiKeyCreated] = ["name", "prefix"],
        [MailKind.ConsentWithdrawn] = [],
        [MailKind.InactiveAccountWarning] = ["days"],
    };

    [Test]
    public void Every_mail_says_what_happened_when_and_what_to_do([Values] MailKind kind)
    {
        var content = Render(kind);

        Assert.Multiple(() =>
        {
            foreach (var body in (string[])[content.Text, content.Html])
            {
                Assert.That(body, Does.Contain("24 November 2026, 12:05 UTC"));
                Assert.That(body, Does.Match("If |Keep this mail"), "What to do.");
                Assert.That(body, Does.Not.Match(@"\{\w+\}"));
                foreach (var name in Needed[kind])
                {
                    Assert.That(body, Does.Contain($"the-{name}"));
                }
            }

            Assert.That(content.Subject, Is.Not.Empty.And.Not.Contain("{"));
            Assert.That(content.Text, Does.Not.Contain("<p>"));
        });
    }

    [Test]
    public void A_value_that_is_missing_is_a_mistake_of_the_program() => Assert.Multiple(() =>
    {
        foreach (var (kind, names) in Needed)
        {
            foreach (var name in names)
            {
                Assert.That(() => Render(kind, without: name), Throws.ArgumentException.With.Message.Contains($"'{name}'"), kind.ToString());
            }
        }
    });

    [Test]
    public void What_people_call_things_is_shown_as_text()
    {
        var content = Render(MailKind.PasskeyAdded, ("name", "<script>alert('x')</script> & \"key\""));

        Assert.Multiple(() =>
        {
            Assert.That(content.Html, Does.Contain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;key&quot;").And.Not.Contain("<script"));
            Assert.That(content.Text, Does.Contain("<script>alert('x')</script> & \"key\""));
        });
    }

    [Test]
    public void A_value_in_a_sentence_stays_in_it()
    {
        var content = Render(MailKind.NewSignIn, ("device", "Firefox\r\n\r\nYour account is in danger.\u2028Go to\0 \u202Eevil\u202C"));

        Assert.That(content.Text, Does.Contain(": Firefox Your account is in danger. Go to evil, from the address"));
    }

    [Test]
    public void A_value_in_a_sentence_is_cut_where_nobody_reads_on()
    {
        var content = Render(MailKind.NewSignIn, ("device", string.Concat(Enumerable.Repeat("😀", 1000))));

        Assert.That(Regex.Count(content.Text, "😀"), Is.EqualTo(MailRenderer.MaxInlineLength / 2));
    }

    [Test]
    public void A_link_can_be_opened_and_anything_else_cannot() => Assert.Multiple(() =>
    {
        Assert.That(
            Render(MailKind.VerifyEmail, ("link", "https://face.example/verify?token=a&b")).Html,
            Does.Contain("<a href=\"https://face.example/verify?token=a&amp;b\">https://face.example/verify?token=a&amp;b</a>"));
        Assert.That(Render(MailKind.VerifyEmail, ("link", "javascript:alert(1)")).Html, Does.Not.Contain("<a "));
    });

    [Test]
    public void A_receipt_keeps_its_lines()
    {
        var content = Render(MailKind.AccountErased, ("receipt", "{\r\n  \"a\": 1\r\n}"));

        Assert.Multiple(() =>
        {
            Assert.That(content.Text, Does.Contain("\n\n{\n  \"a\": 1\n}\n\n"));
            Assert.That(content.Html, Does.Contain("<pre>{\n  &quot;a&quot;: 1\n}</pre>"));
        });
    }

    [Test]
    public void A_mail_to_an_address_that_nobody_proved_carries_no_words_of_whoever_asked_for_it(
        [Values(MailKind.VerifyEmail, MailKind.EmailChangeRequested)] MailKind kind)
    {
        var content = Render(kind);

        Assert.Multiple(() =>
        {
            Assert.That(content.RecipientName, Is.Empty);
            Assert.That(content.Text + content.Html, Does.Not.Contain("Ada"));
        });
    }

    [Test]
    public void Others_greet_the_person_by_name() =>
        Assert.That(Render(MailKind.PasswordChanged).Text, Does.StartWith("Hello Ada Lovelace,\n\n"));

    private static MailContent Render(MailKind kind, params (string Name, string Value)[] values) => Render(kind, without: null, values);

    private static MailContent Render(MailKind kind, string? without, params (string Name, string Value)[] values)
    {
        var all = Needed[kind].Where(name => name != without).ToDictionary(name => name, name => $"the-{name}");
        foreach (var (name, value) in values)
        {
            all[name] = value;
        }

        return MailRenderer.Render(new Mail(kind, "key", 7, "ada@example.com", "Ada Lovelace", all), Noon);
    }
}
