using FaceId.Domain.Users;

namespace FaceId.UnitTests.Domain;

public sealed class OutgoingMailTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Test]
    public void The_waits_double_from_a_minute_to_an_hour()
    {
        var mail = Mail();
        var now = Start;
        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            mail.Postpone("down", now);
            waits.Add((mail.NextAttemptAt - now).TotalMinutes);
            now = mail.NextAttemptAt;
        }

        Assert.That(waits, Is.EqualTo(new double[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 }));
    }

    [Test]
    public void After_three_days_it_is_given_up_and_its_content_gone()
    {
        var mail = Mail();
        for (var now = Start; mail.FailedAt is null; now = mail.NextAttemptAt)
        {
            mail.Postpone("down", now);
        }

        Assert.Multiple(() =>
        {
            Assert.That(mail.FailedAt - Start, Is.GreaterThan(TimeSpan.FromHours(70)).And.LessThanOrEqualTo(TimeSpan.FromDays(3)));
            Assert.That(mail.Attempts, Is.GreaterThan(70));
            Assert.That(mail.ProtectedContent, Is.Null);
            Assert.That(mail.LastError, Is.EqualTo("down"));
        });
    }

    [Test]
    public void Once_sent_it_holds_neither_content_nor_error()
    {
        var mail = Mail();
        mail.Postpone("down", Start);

        mail.MarkSent(Start.AddMinutes(1));

        Assert.Multiple(() =>
        {
            Assert.That(mail.SentAt, Is.EqualTo(Start.AddMinutes(1)));
            Assert.That(mail.Attempts, Is.EqualTo(2));
            Assert.That(mail.ProtectedContent, Is.Null);
            Assert.That(mail.LastError, Is.Null);
        });
    }

    [Test]
    public void A_long_error_is_cut()
    {
        var mail = Mail();

        mail.GiveUp(new string('x', 5000), Start);

        Assert.That(mail.LastError, Has.Length.EqualTo(OutgoingMail.MaxErrorLength));
    }

    private static OutgoingMail Mail() => OutgoingMail.Create(MailKind.PasswordChanged, "key", userId: 7, [1, 2, 3], Start);
}
