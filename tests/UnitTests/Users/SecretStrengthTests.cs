using System.Buffers.Text;
using FaceId.Application.Users;
using FaceId.Domain.Users;

namespace FaceId.UnitTests.Users;

/// <summary>What must not be guessed has 128 bits of the system's generator (ASVS 5.0, 11.5.1).</summary>
public sealed class SecretStrengthTests
{
    private const double LeastBits = 128;

    [Test]
    public void Recovery_codes_have_them()
    {
        var codes = Enumerable.Range(0, 100).SelectMany(_ => RecoveryCode.NewSet(1, DateTimeOffset.UnixEpoch).Texts).ToList();

        AssertStrong(codes.ConvertAll(code => code.Replace("-", "", StringComparison.Ordinal)), RecoveryCode.Alphabet);
    }

    [Test]
    public void Generated_passwords_have_them()
    {
        Assert.That(GeneratedPassword.Length * Math.Log2(GeneratedPassword.Alphabet.Distinct().Count()), Is.GreaterThanOrEqualTo(LeastBits));

        AssertStrong([.. Enumerable.Range(0, 3000).Select(_ => GeneratedPassword.New())], GeneratedPassword.Alphabet);
    }

    [Test]
    public void Tokens_have_them()
    {
        var tokens = Enumerable.Range(0, 3000).Select(_ => SecretToken.New()).ToList();

        Assert.That(tokens.ConvertAll(token => Base64Url.DecodeFromChars(token).Length * 8), Has.All.GreaterThanOrEqualTo(LeastBits));
        AssertStrong(tokens, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    }

    /// <summary>Enough characters of the alphabet, all of it in use at every place but the last, and no text twice.</summary>
    private static void AssertStrong(List<string> texts, string alphabet) => Assert.Multiple(() =>
    {
        Assert.That(texts, Is.Unique);
        Assert.That(texts.SelectMany(text => text).Except(alphabet), Is.Empty);
        Assert.That(texts.ConvertAll(text => text.Length * Math.Log2(alphabet.Distinct().Count())), Has.All.GreaterThanOrEqualTo(LeastBits));
        for (var i = 0; i < texts[0].Length - 1; i++)
        {
            Assert.That(texts.Select(text => text[i]).Distinct().Count(), Is.EqualTo(alphabet.Length), $"Place {i} does not use the whole alphabet.");
        }
    });
}
