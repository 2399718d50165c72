using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Recognition;
using FaceId.Infrastructure.Users;

namespace FaceId.UnitTests.Configuration;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class MasterKeysTests
{
    private const int Ada = 7;

    private static readonly FaceVector Vector = new(FaceModels.Dlib, Enumerable.Repeat(0.1f, FaceModels.DlibLength).ToArray());

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Old_keys_of_the_environment_open_what_they_sealed_and_the_new_one_seals()
    {
        var (first, second) = (SealedBy(KeyText(1)), SealedBy(KeyText(2)));
        using var keys = MasterKeys.LoadOrCreate(Settings(KeyText(3), $"{KeyText(1)}, {KeyText(2)}"));
        using var vault = new TemplateVault(keys);

        Assert.Multiple(() =>
        {
            Assert.That(() => vault.OpenEncoding(first, FaceModels.Dlib, Ada), Throws.Nothing);
            Assert.That(() => vault.OpenEncoding(second, FaceModels.Dlib, Ada), Throws.Nothing);
            Assert.That(() => OpenBy(KeyText(3), vault.SealEncoding(Vector, Ada)), Throws.Nothing);
            Assert.That(() => OpenBy(KeyText(2), vault.SealEncoding(Vector, Ada)), Throws.TypeOf<TemplateUnreadableException>());
        });
    }

    [Test]
    public void A_running_server_seals_by_a_new_key_as_soon_as_its_file_is_there()
    {
        using var server = MasterKeys.LoadOrCreate(Settings());
        using var vault = new TemplateVault(server);
        var before = vault.SealEncoding(Vector, Ada);

        using var command = MasterKeys.LoadOrCreate(Settings());
        var key = command.Rotate(newKeyFile: null);
        var after = vault.SealEncoding(Vector, Ada);

        using var another = MasterKeys.LoadOrCreate(Settings());
        using var anotherVault = new TemplateVault(another);
        Assert.Multiple(() =>
        {
            Assert.That(server.Current.KeyId, Is.EqualTo(key.KeyId));
            Assert.That(() => vault.OpenEncoding(before, FaceModels.Dlib, Ada), Throws.Nothing);
            Assert.That(() => anotherVault.OpenEncoding(before, FaceModels.Dlib, Ada), Throws.Nothing);
        });
        File.Delete(_folder.PathOf(MasterKeys.OldFileName));
        Assert.That(() => OpenBy(null, after), Throws.Nothing, "by the new key alone");
        Assert.That(() => OpenBy(null, before), Throws.TypeOf<TemplateUnreadableException>());
    }

    [Test]
    public void A_server_that_has_not_met_a_new_key_yet_opens_what_another_sealed_by_it()
    {
        using var server = MasterKeys.LoadOrCreate(Settings());
        using var vault = new TemplateVault(server);
        using var command = MasterKeys.LoadOrCreate(Settings());
        using var commandVault = new TemplateVault(command);
        command.Rotate(newKeyFile: null);

        Assert.That(() => vault.OpenEncoding(commandVault.SealEncoding(Vector, Ada), FaceModels.Dlib, Ada), Throws.Nothing);
    }

    [Test]
    public void Keys_replaced_are_kept_the_last_first_in_a_file_that_only_its_owner_can_read()
    {
        using var keys = MasterKeys.LoadOrCreate(Settings());
        var first = keys.Current.KeyId;
        var second = keys.Rotate(newKeyFile: null).KeyId;
        var third = keys.Rotate(newKeyFile: null).KeyId;

        Assert.Multiple(() =>
        {
            Assert.That(keys.All.Select(key => key.KeyId), Is.EqualTo(new[] { third, second, first }));
            Assert.That(File.GetUnixFileMode(_folder.PathOf(MasterKeys.OldFileName)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(Directory.GetFiles(_folder.Path), Has.Length.EqualTo(2), "no draft is left behind");
        });
    }

    [Test]
    public void A_change_of_keys_that_ended_before_its_second_step_is_done_again_and_loses_nothing()
    {
        uint first;
        using (var keys = MasterKeys.LoadOrCreate(Settings()))
        {
            first = keys.Current.KeyId;
        }

        File.Copy(_folder.PathOf(MasterKey.FileName), _folder.PathOf(MasterKeys.OldFileName));
        using var again = MasterKeys.LoadOrCreate(Settings());
        Assert.That(again.All.Select(key => key.KeyId), Is.EqualTo(new[] { first }));

        var second = again.Rotate(newKeyFile: null).KeyId;
        Assert.That(again.All.Select(key => key.KeyId), Is.EqualTo(new[] { second, first }));
    }

    [Test]
    public void A_given_key_is_put_in_force_from_a_file_that_is_closed_to_others()
    {
        using var keys = MasterKeys.LoadOrCreate(Settings());
        _folder.Write("new.key", KeyText(5));
        File.SetUnixFileMode(_folder.PathOf("new.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.That(() => keys.Rotate(_folder.PathOf("new.key")), Throws.TypeOf<StartupException>().With.Message.Contains("chmod 600"));

        File.SetUnixFileMode(_folder.PathOf("new.key"), UnixFileMode.UserRead);
        keys.Rotate(_folder.PathOf("new.key"));

        Assert.That(() => OpenBy(null, SealedBy(KeyText(5))), Throws.Nothing);
        Assert.That(() => keys.Rotate(_folder.PathOf("new.key")), Throws.TypeOf<StartupException>(), "it is in force already");
    }

    [Test]
    public void A_key_of_the_environment_is_not_ours_to_change()
    {
        using var keys = MasterKeys.LoadOrCreate(Settings(KeyText(1)));

        Assert.That(() => keys.Rotate(newKeyFile: null), Throws.TypeOf<StartupException>().With.Message.Contains("FACEID_KEY_OLD"));
        Assert.That(Directory.GetFiles(_folder.Path), Is.Empty);
    }

    [Test]
    public void A_malformed_old_key_is_refused_and_not_shown()
    {
        var error = Assert.Throws<StartupException>(() => MasterKeys.LoadOrCreate(Settings(KeyText(1), $"{KeyText(2)},c2VjcmV0")));

        Assert.That(error.Message, Does.StartWith("FACEID_KEY_OLD ").And.Contain("6 bytes").And.Not.Contain("c2VjcmV0"));
    }

    [Test]
    public void Files_that_become_unreadable_leave_a_running_server_its_keys()
    {
        using var keys = MasterKeys.LoadOrCreate(Settings());
        var id = keys.Current.KeyId;
        _folder.Write(MasterKey.FileName, "rubbish");

        Assert.That(keys.Current.KeyId, Is.EqualTo(id));
        File.Delete(_folder.PathOf(MasterKey.FileName));
        Assert.That(keys.Current.KeyId, Is.EqualTo(id));
    }

    [Test]
    public void Receipts_and_devices_of_an_old_key_are_still_ours()
    {
        using var keys = MasterKeys.LoadOrCreate(Settings());
        using var receipts = new ReceiptSeal(keys);
        using var devices = new KnownDevices(keys);
        var (signature, device) = (receipts.Sign("text"), devices.Issue(Ada));
        keys.Rotate(newKeyFile: null);

        Assert.Multiple(() =>
        {
            Assert.That(receipts.IsSignedBy("text", signature), Is.True);
            Assert.That(receipts.IsSignedBy("text", receipts.Sign("text")), Is.True);
            Assert.That(receipts.IsSignedBy("other", signature), Is.False);
            Assert.That(receipts.Sign("text"), Is.Not.EqualTo(signature));
            Assert.That(devices.Recognise(device, Ada), Is.Not.Null);
            Assert.That(devices.Recognise(device, Ada + 1), Is.Null);
        });
    }

    private static string KeyText(byte seed) => Convert.ToBase64String([.. Enumerable.Repeat(seed, MasterKey.Size)]);

    private byte[] SealedBy(string key)
    {
        using var keys = MasterKeys.LoadOrCreate(Settings(key));
        using var vault = new TemplateVault(keys);
        return vault.SealEncoding(Vector, Ada);
    }

    private void OpenBy(string? key, byte[] envelope)
    {
        using var keys = MasterKeys.LoadOrCreate(Settings(key));
        using var vault = new TemplateVault(keys);
        vault.OpenEncoding(envelope, FaceModels.Dlib, Ada);
    }

    private FaceIdSettings Settings(string? key = null, string? old = null) =>
        new() { DataFolder = _folder.Path, ModelsFolder = _folder.Path, Key = key, OldKeys = old };
}
