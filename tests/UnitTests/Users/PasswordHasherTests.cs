using FaceId.Infrastructure.Users;

namespace FaceId.UnitTests.Users;

public sealed class PasswordHasherTests
{
    private PasswordHasher _hasher = null!;

    [SetUp]
    public void SetUp() => _hasher = new PasswordHasher();

    [TearDown]
    public void TearDown() => _hasher.Dispose();

    [Test]
    public async Task A_password_verifies_against_its_hash_and_no_other_does()
    {
        var hash = await _hasher.HashAsync("correct horse", CancellationToken.None);

        Assert.Multiple(async () =>
        {
            Assert.That(hash, Does.StartWith("$2"), "Plain bcrypt, as other programs read it.");
            Assert.That(hash, Does.Contain("$12$"));
            Assert.That(await _hasher.VerifyAsync("correct horse", hash, CancellationToken.None));
            Assert.That(await _hasher.VerifyAsync("correct house", hash, CancellationToken.None), Is.False);
        });
    }

    [Test]
    public async Task Characters_past_bcrypts_72_bytes_count()
    {
        var start = new string('x', 72);
        var hash = await _hasher.HashAsync(start + "one", CancellationToken.None);

        Assert.Multiple(async () =>
        {
            Assert.That(await _hasher.VerifyAsync(start + "one", hash, CancellationToken.None));
            Assert.That(await _hasher.VerifyAsync(start + "two", hash, CancellationToken.None), Is.False);
            Assert.That(await _hasher.VerifyAsync(start, hash, CancellationToken.None), Is.False);
        });
    }

    [Test]
    public async Task A_hash_that_another_program_made_verifies()
    {
        // From the test vectors of Openwall's crypt_blowfish, whose $2a$ form every bcrypt reads.
        const string hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

        Assert.That(await _hasher.VerifyAsync("U*U", hash, CancellationToken.None));
    }

    [TestCase(null, Description = "An account that does not exist.")]
    [TestCase("", Description = "A row without a password.")]
    [TestCase("plain text", Description = "A row that holds no hash.")]
    public async Task Nobody_signs_in_without_a_hash(string? hash) =>
        Assert.That(await _hasher.VerifyAsync("plain text", hash, CancellationToken.None), Is.False);
}
