using System.Security.Cryptography;
using System.Text;
using FaceId.Infrastructure.Configuration;

namespace FaceId.UnitTests.Configuration;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class MasterKeyTests
{
    private static readonly string KeyText = Convert.ToBase64String([.. Enumerable.Range(0, MasterKey.Size).Select(i => (byte)i)]);

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void The_first_start_makes_a_key_that_only_its_owner_can_read_and_the_next_finds_it()
    {
        using var made = MasterKey.LoadOrCreate(Settings());
        using var found = MasterKey.LoadOrCreate(Settings());

        Assert.Multiple(() =>
        {
            Assert.That(found.Derive("a/v1", 32), Is.EqualTo(made.Derive("a/v1", 32)));
            Assert.That(found.KeyId, Is.EqualTo(made.KeyId));
            Assert.That(File.GetUnixFileMode(KeyFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo(new[] { KeyFile }), "no draft is left behind");
        });
    }

    [Test]
    public void Many_first_starts_at_once_agree_on_one_key()
    {
        const int starts = 16;
        for (var round = 0; round < 50; round++)
        {
            using var folder = new TemporaryFolder();
            using var together = new Barrier(starts);
            var ids = new uint[starts];
            var threads = Enumerable.Range(0, starts).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                using var key = MasterKey.LoadOrCreate(Settings() with { DataFolder = folder.Path });
                ids[i] = key.KeyId;
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());

            Assert.That(ids.Distinct().Count(), Is.EqualTo(1), $"round {round}");
        }
    }

    [Test]
    public void Two_installations_have_different_keys()
    {
        using var other = new TemporaryFolder();
        using var key = MasterKey.LoadOrCreate(Settings());
        using var otherKey = MasterKey.LoadOrCreate(Settings() with { DataFolder = other.Path });

        Assert.That(otherKey.KeyId, Is.Not.EqualTo(key.KeyId));
    }

    [Test]
    public void A_key_of_the_settings_leaves_no_file()
    {
        using var key = MasterKey.LoadOrCreate(Settings(KeyText));

        Assert.Multiple(() =>
        {
            Assert.That(key.Origin, Is.EqualTo("FACEID_KEY"));
            Assert.That(File.Exists(KeyFile), Is.False);
        });
    }

    [Test]
    public void Derived_keys_are_those_of_RFC_5869_and_never_change()
    {
        using var key = MasterKey.LoadOrCreate(Settings(KeyText));
        var expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(KeyText), 32, salt: null, Encoding.UTF8.GetBytes("faces/encoding/v1"));

        Assert.Multiple(() =>
        {
            Assert.That(key.Derive("faces/encoding/v1", 32), Is.EqualTo(expected));
            // Stored beside everything that is encrypted: a change here would make it unreadable.
            Assert.That(key.ToString(), Is.EqualTo("master key 765ff81c"));
        });
    }

    [Test]
    public void Each_purpose_has_its_own_key()
    {
        using var key = MasterKey.LoadOrCreate(Settings(KeyText));

        Assert.That(key.Derive("a/v1", 32), Is.Not.EqualTo(key.Derive("b/v1", 32)));
    }

    [TestCase("not base64!", "base64")]
    [TestCase("c2VjcmV0", "6 bytes, and 32 are needed")]
    public void A_malformed_key_is_refused_with_the_command_that_makes_one_and_not_shown(string text, string reason)
    {
        var error = Assert.Throws<StartupException>(() => MasterKey.LoadOrCreate(Settings(text)));

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.StartWith("FACEID_KEY ").And.Contain(reason).And.Contain("openssl rand -base64 32"));
            Assert.That(error.ToString(), Does.Not.Contain(text));
        });
    }

    [Test]
    public void A_key_that_is_much_too_long_is_refused()
    {
        Assert.That(() => MasterKey.LoadOrCreate(Settings(new string('A', 4000))), Throws.TypeOf<StartupException>());
    }

    [TestCase(UnixFileMode.GroupRead)]
    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.OtherWrite)]
    public void A_key_file_that_others_can_open_is_refused_with_the_command_that_closes_it(UnixFileMode open)
    {
        _folder.Write(MasterKey.FileName, KeyText);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | open);

        Assert.That(() => MasterKey.LoadOrCreate(Settings()), Throws.TypeOf<StartupException>().With.Message.Contains($"chmod 600 '{KeyFile}'"));
    }

    [Test]
    public void A_damaged_key_file_is_refused_and_left_alone()
    {
        _folder.Write(MasterKey.FileName, "");
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.That(() => MasterKey.LoadOrCreate(Settings()), Throws.TypeOf<StartupException>().With.Message.StartsWith(KeyFile));
        Assert.That(new FileInfo(KeyFile).Length, Is.Zero);
    }

    [Test]
    public void A_disposed_key_derives_nothing()
    {
        var key = MasterKey.LoadOrCreate(Settings(KeyText));
        key.Dispose();

        Assert.That(() => key.Derive("a/v1", 32), Throws.TypeOf<ObjectDisposedException>());
    }

    private string KeyFile => _folder.PathOf(MasterKey.FileName);

    private FaceIdSettings Settings(string? key = null) => new() { DataFolder = _folder.Path, ModelsFolder = _folder.Path, Key = key };
}
