using System.IO.Compression;
using FaceId.Application.Users;
using FaceId.Domain.Users;

namespace FaceId.UnitTests.Users;

public sealed class CommonPasswordsTests
{
    private static readonly CommonPasswords Common = new();
    private static readonly List<string> List = Read();

    [Test]
    public void The_list_holds_what_its_description_says() => Assert.Multiple(() =>
    {
        Assert.That(List, Has.Count.EqualTo(139_898));
        Assert.That(Common.Count, Is.EqualTo(List.Count));
        Assert.That(List, Is.Unique);
        Assert.That(List.Where(entry => Password.Fold(entry) != entry), Is.Empty, "Each in the form it is looked up in.");
        Assert.That(List.Where(entry => Password.Length(entry) is < 4 or > Password.MaxLength), Is.Empty);
    });

    [TestCase(Password.LowestMinLength, 81_908)]
    [TestCase(9, 48_510)]
    [TestCase(10, 45_768)]
    [TestCase(11, 44_384)]
    [TestCase(Password.DefaultMinLength, 43_940)]
    [TestCase(13, 28_192)]
    [TestCase(14, 15_496)]
    [TestCase(15, 9_728)]
    [TestCase(16, 5_925)]
    [TestCase(17, 3_166)]
    public void At_each_minimum_from_8_to_17_it_has_more_than_the_three_thousand_that_ASVS_asks_for(int minLength, int count)
    {
        Assert.That(List.Count(entry => Password.Length(entry) >= minLength), Is.EqualTo(count));
        Assert.That(count, Is.GreaterThan(3000));
    }

    [Test]
    public void Every_entry_is_found() => Assert.That(List.Where(entry => !Common.Contains(entry)), Is.Empty);

    [TestCase("password")]
    [TestCase("123qweasdzxc", Description = "The most common of twelve characters.")]
    [TestCase("1qaz2wsx3edc4rfv")]
    [TestCase("administrator")]
    public void Known_ones_are_found(string password) => Assert.That(Common.Contains(password));

    [TestCase("")]
    [TestCase("Password", Description = "The list is asked in lower case.")]
    [TestCase("correct horse battery")]
    [TestCase("password\n123456")]
    public void Others_are_not(string password) => Assert.That(Common.Contains(password), Is.False);

    private static List<string> Read()
    {
        using var packed = typeof(CommonPasswords).Assembly.GetManifestResourceStream("FaceId.Application.Users.Blocklist.common-passwords.txt.br")!;
        using var text = new StreamReader(new BrotliStream(packed, CompressionMode.Decompress));
        return [.. text.ReadToEnd().TrimEnd('\n').Split('\n')];
    }
}
