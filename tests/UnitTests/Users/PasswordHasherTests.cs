using FaceId.Infrastructure.Users;

namespace FaceId.UnitTests.Users;

public sealed class PasswordHasherTests
{
    private const int Cost = 6;

    private PasswordHasher _hasher = null!;

    [SetUp]
    public void SetUp() => _hasher = Hasher(Cost);

    [TearDown]
    public void TearDown() => _hasher.Dispose();

    [Test]
    public async Task A_password_verifies_against_its_hash_and_no_other_does()
    {
        using var hasher = new PasswordHasher(new PasswordSettings(), TimeProvider.System);
        var hash = (await hasher.HashAsync("correct horse", CancellationToken.None)).Value;

        Assert.Multiple(async () =>
        {
            Assert.That(hash, Does.StartWith("$2"), "Plain bcrypt, as other programs read it.");
            Assert.That(hash, Does.Contain("$12$"));
            Assert.That(await VerifiesAsync("correct horse", hash));
            Assert.That(await VerifiesAsync("correct house", hash), Is.False);
        });
    }

    [Test]
    public async Task Characters_past_bcrypts_72_bytes_count()
    {
        var start = new string('x', 72);
        var hash = await HashAsync(start + "one");
        var hashOfStart = await HashAsync(start);

        Assert.Multiple(async () =>
        {
            Assert.That(await VerifiesAsync(start + "one", hash));
            Assert.That(await VerifiesAsync(start + "two", hash), Is.False);
            Assert.That(await VerifiesAsync(start, hash), Is.False);
            Assert.That(await VerifiesAsync(start, hashOfStart));
            Assert.That(await VerifiesAsync(start + "one", hashOfStart), Is.False);
        });
    }

    [TestCase(71, false)]
    [TestCase(72, true)]
    public async Task A_password_that_fills_bcrypts_72_bytes_is_hashed_so_that_no_program_takes_its_beginning_for_the_whole(int length, bool digest)
    {
        var hash = await HashAsync(new string('x', length));

        Assert.That(hash.StartsWith("sha384:", StringComparison.Ordinal), Is.EqualTo(digest));
    }

    [Test]
    public async Task A_hash_of_72_bytes_that_another_program_made_verifies_for_them_alone()
    {
        var password = new string('x', 72);
        var hash = BCrypt.Net.BCrypt.HashPassword(password, Cost);

        Assert.Multiple(async () =>
        {
            Assert.That(await VerifiesAsync(password, hash));
            Assert.That(await VerifiesAsync(password + "y", hash), Is.False, "bcrypt alone takes it for the same.");
            Assert.That(await VerifiesAsync(password + "\0", hash), Is.False);
        });
    }

    [Test]
    public async Task Nothing_past_a_zero_character_is_lost_and_nothing_repeats_there()
    {
        var hash = await HashAsync("correct\0horse");
        var hashOfStart = await HashAsync("correct");

        Assert.Multiple(async () =>
        {
            Assert.That(await VerifiesAsync("correct\0horse", hash));
            Assert.That(await VerifiesAsync("correct", hash), Is.False);
            Assert.That(await VerifiesAsync("correct\0house", hash), Is.False);
            Assert.That(await VerifiesAsync("correct\0correct", hashOfStart), Is.False, "bcrypt alone takes it for the same.");
        });
    }

    // From the test vectors of Openwall's crypt_blowfish, whose $2a$ form every bcrypt reads.
    [TestCase("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [TestCase("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [TestCase("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [TestCase("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")]
    public async Task A_hash_that_another_program_made_verifies(string password, string hash) => Assert.Multiple(async () =>
    {
        Assert.That(await VerifiesAsync(password, hash));
        Assert.That(await VerifiesAsync(password + "?", hash), Is.False);
    });

    [TestCase(null, Description = "An account that does not exist.")]
    [TestCase("", Description = "A row without a password.")]
    [TestCase("plain text", Description = "A row that holds no hash.")]
    [TestCase("$2a$05$CCCCCCCCCCCCCCCCCCCCC.", Description = "A part of one.")]
    [TestCase("$2a$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", Description = "One of no cost there is.")]
    public async Task Nobody_signs_in_without_a_hash(string? hash) => Assert.That(await VerifiesAsync("plain text", hash), Is.False);

    [Test]
    public async Task A_password_verifies_however_its_letters_were_typed()
    {
        var hash = await HashAsync("Zoë's ﬁne café");

        Assert.Multiple(async () =>
        {
            Assert.That(await VerifiesAsync("Zoe\u0308's fine cafe\u0301", hash), "Accents apart, no ligature.");
            Assert.That(await VerifiesAsync("Ｚoë's fine café", hash), "A letter of full width.");
            Assert.That(await VerifiesAsync("Zoe's fine cafe", hash), Is.False);
            Assert.That(await VerifiesAsync("zoë's fine café", hash), Is.False, "Case counts.");
        });
    }

    [TestCase("cafe\u0301 cafe\u0301", Description = "Short.")]
    [TestCase("cafe\u0301 0123456789012345678901234567890123456789012345678901234567890123456789", Description = "Long.")]
    public async Task A_hash_of_the_text_as_it_was_typed_still_verifies(string password)
    {
        // What was stored before passwords were normalised.
        var hash = password.Length > 72
            ? "sha384:" + BCrypt.Net.BCrypt.HashPassword(
                Convert.ToBase64String(System.Security.Cryptography.SHA384.HashData(System.Text.Encoding.UTF8.GetBytes(password))), Cost)
            : BCrypt.Net.BCrypt.HashPassword(password, Cost);

        Assert.Multiple(async () =>
        {
            Assert.That(await VerifiesAsync(password, hash));
            Assert.That(await VerifiesAsync(password + "!", hash), Is.False);
        });
    }

    [TestCase(0xD83D, Description = "Half of a pair.")]
    [TestCase(0xFFFE, Description = "No character at all.")]
    public async Task What_is_no_text_is_nobodys_password(int code)
    {
        var password = $"lone {(char)code} half";
        var hash = BCrypt.Net.BCrypt.HashPassword("lone \ufffd half", Cost);

        Assert.That(await VerifiesAsync(password, hash), Is.False);
        Assert.That(() => _hasher.HashAsync(password, CancellationToken.None), Throws.ArgumentException);
    }

    [Test]
    public async Task A_hash_of_less_work_or_of_another_kind_is_to_be_renewed()
    {
        using var cheaper = Hasher(Cost - 1);
        using var dearer = Hasher(Cost + 1);
        var longPassword = new string('x', 100);

        Assert.Multiple(async () =>
        {
            Assert.That(_hasher.NeedsRehash(await HashAsync("correct horse")), Is.False);
            Assert.That(_hasher.NeedsRehash(await HashAsync(longPassword)), Is.False);
            Assert.That(_hasher.NeedsRehash((await cheaper.HashAsync("correct horse", CancellationToken.None)).Value));
            Assert.That(_hasher.NeedsRehash((await cheaper.HashAsync(longPassword, CancellationToken.None)).Value));
            Assert.That(_hasher.NeedsRehash((await dearer.HashAsync("correct horse", CancellationToken.None)).Value), Is.False);
            Assert.That(_hasher.NeedsRehash("$2x$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), "The faulty revision.");
            Assert.That(_hasher.NeedsRehash("plain text"));
        });
    }

    [TestCase("correct horse")]
    [TestCase("cafe\u0301", Description = "One that is spelt in two ways.")]
    [TestCase("01234567890123456789012345678901234567890123456789012345678901234567890123456789", Description = "A long one.")]
    public async Task A_wrong_password_takes_the_same_work_whatever_is_stored(string password)
    {
        var unknown = await WorkAsync(password, null);

        Assert.Multiple(async () =>
        {
            Assert.That(unknown, Is.GreaterThanOrEqualTo(1 << Cost));
            Assert.That(await WorkAsync(password, await HashAsync("another")), Is.EqualTo(unknown), "A hash of today's cost.");
            Assert.That(await WorkAsync(password, BCrypt.Net.BCrypt.HashPassword("another", 4)), Is.EqualTo(unknown), "One of a lower cost.");
            Assert.That(await WorkAsync(password, await HashAsync(new string('x', 100))), Is.EqualTo(unknown), "One of a long password.");
            Assert.That(await WorkAsync(password, "plain text"), Is.EqualTo(unknown), "No hash.");
        });
    }

    [Test]
    public async Task What_is_no_text_takes_the_same_work_too() => Assert.Multiple(async () =>
    {
        Assert.That(await WorkAsync("\ufffe", null), Is.EqualTo(1 << Cost));
        Assert.That(await WorkAsync("\ufffe", BCrypt.Net.BCrypt.HashPassword("any", 4)), Is.EqualTo(1 << Cost));
    });

    [Test]
    public async Task When_too_many_wait_the_next_is_told_to_come_back()
    {
        const int queue = 3;
        using var hasher = new PasswordHasher(new PasswordSettings { BcryptCost = 10, Workers = 1, QueueLength = queue }, TimeProvider.System);

        // All are at the door before the first is done: taking a place does not wait.
        var verifying = Enumerable.Range(0, 20).Select(_ => hasher.VerifyAsync("correct horse", null, CancellationToken.None)).ToList();
        var hashing = hasher.HashAsync("correct horse", CancellationToken.None);
        var results = await Task.WhenAll(verifying);
        var refused = results.Where(result => result.IsError).ToList();

        Assert.Multiple(async () =>
        {
            Assert.That(results.Count(result => !result.IsError), Is.GreaterThanOrEqualTo(1 + queue));
            Assert.That(refused, Is.Not.Empty);
            Assert.That(refused.Select(result => result.FirstError.Code), Is.All.EqualTo("busy"));
            Assert.That(refused[0].FirstError.Metadata!["retryAfter"], Is.InstanceOf<TimeSpan>().And.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
            Assert.That((await hashing).IsError, "Hashing stands in the same queue.");
            Assert.That((await hasher.HashAsync("correct horse", CancellationToken.None)).IsError, Is.False, "Afterwards there is room again.");
        });
    }

    [Test]
    public async Task Who_gives_up_waiting_leaves_the_queue()
    {
        using var hasher = new PasswordHasher(new PasswordSettings { BcryptCost = 12, Workers = 1, QueueLength = 1 }, TimeProvider.System);
        using var giveUp = new CancellationTokenSource();
        var working = hasher.VerifyAsync("correct horse", null, CancellationToken.None);
        var waiting = hasher.VerifyAsync("correct horse", null, giveUp.Token);

        await giveUp.CancelAsync();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await hasher.VerifyAsync("correct horse", null, CancellationToken.None)).IsError, Is.False);
        await working;
    }

    private static PasswordHasher Hasher(int cost) => new(new PasswordSettings { BcryptCost = cost }, TimeProvider.System);

    private async Task<long> WorkAsync(string wrong, string? hash)
    {
        var before = _hasher.Rounds;
        Assert.That(await VerifiesAsync(wrong, hash), Is.False);
        return _hasher.Rounds - before;
    }

    private async Task<string> HashAsync(string password) => (await _hasher.HashAsync(password, CancellationToken.None)).Value;

    private async Task<bool> VerifiesAsync(string password, string? hash) =>
        (await _hasher.VerifyAsync(password, hash, CancellationToken.None)).Value;
}
