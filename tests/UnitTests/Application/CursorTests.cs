using FaceId.Application.Common;

namespace FaceId.UnitTests.Application;

public sealed class CursorTests
{
    [Test]
    public void A_cursor_survives_its_text() => Assert.Multiple(() =>
    {
        foreach (var cursor in (Cursor[])[new(1), new(long.MaxValue, DateTimeOffset.MaxValue.ToUniversalTime()), new(7, DateTimeOffset.UnixEpoch)])
        {
            Assert.That(Cursor.TryParse(cursor.ToString(), out var back), cursor.ToString());
            Assert.That(back, Is.EqualTo(cursor));
        }
    });

    [TestCase(null)]
    [TestCase("")]
    [TestCase("not a cursor")]
    [TestCase("MQ", Description = "One number.")]
    [TestCase("LTEuMA", Description = "-1.0")]
    [TestCase("MS45OTk5OTk5OTk5OTk5OTk5OTk5", Description = "A time past all calendars.")]
    public void Anything_else_is_not_one(string? text) => Assert.That(Cursor.TryParse(text, out _), Is.False);
}
