using System.Buffers.Text;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;
using FaceId.Infrastructure.Users;

namespace FaceId.UnitTests.Security;

public sealed class SealedDataTests
{
    private MasterKeys _keys = null!;

    [SetUp]
    public void SetUp() => _keys = MasterKeys.LoadOrCreate(new FaceIdSettings
    {
        DataFolder = "unused",
        ModelsFolder = "unused",
        Key = Convert.ToBase64String(new byte[MasterKey.Size]),
    });

    [TearDown]
    public void TearDown() => _keys.Dispose();

    [Test]
    public void A_TOTP_secret_moved_to_another_account_does_not_open()
    {
        using var secrets = new Secrets(_keys);
        var stored = secrets.Seal("JBSWY3DPEHPK3PXP", userId: 7);

        Assert.Multiple(() =>
        {
            Assert.That(secrets.Open(stored, userId: 7), Is.EqualTo("JBSWY3DPEHPK3PXP"));
            Assert.That(() => secrets.Open(stored, userId: 8), Throws.InvalidOperationException);
            Assert.That(() => secrets.Open(stored, userId: 77), Throws.InvalidOperationException);
        });
    }

    [Test]
    public void A_TOTP_secret_with_any_byte_changed_does_not_open()
    {
        const string marker = "sealed:";
        using var secrets = new Secrets(_keys);
        var envelope = Base64Url.DecodeFromChars(secrets.Seal("JBSWY3DPEHPK3PXP", userId: 7).AsSpan(marker.Length));

        Assert.Multiple(() =>
        {
            for (var i = 0; i < envelope.Length; i++)
            {
                var changed = (byte[])envelope.Clone();
                changed[i] ^= 1;
                Assert.That(() => secrets.Open(marker + Base64Url.EncodeToString(changed), userId: 7), Throws.InvalidOperationException, $"byte {i}");
            }
        });
    }

    [Test]
    public void What_was_sealed_for_one_purpose_does_not_open_for_another()
    {
        using var signingKeys = new SealedEnvelope(_keys, SealedData.SigningKeys);
        using var templates = new SealedEnvelope(_keys, SealedData.Encodings);
        var owner = "7"u8.ToArray();

        Assert.That(() => templates.Open(signingKeys.Seal("key"u8, owner), owner), Throws.TypeOf<EnvelopeException>());
    }

    [Test]
    public void No_two_kinds_share_a_purpose_or_a_column()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SealedData.All.Select(kind => kind.Purpose), Is.Unique);
            Assert.That(SealedData.All.SelectMany(kind => kind.Columns).Select(column => (column.Table, column.Column)), Is.Unique);
            Assert.That(SealedData.All.SelectMany(kind => kind.Columns).Select(column => column.What), Is.Unique);
        });
    }
}
