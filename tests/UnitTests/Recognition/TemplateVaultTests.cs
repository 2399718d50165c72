using System.Buffers.Binary;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Recognition;

namespace FaceId.UnitTests.Recognition;

public sealed class TemplateVaultTests
{
    private const int Ada = 7;
    private const int Bob = 8;

    private readonly FaceVector _vector = new(
        FaceModels.Dlib, Enumerable.Range(0, FaceModels.DlibLength).Select(i => MathF.Sin(i) / 10).ToArray());

    [Test]
    public void A_sealed_template_opens_to_the_same_numbers()
    {
        using var vault = Vault();

        var opened = vault.OpenEncoding(vault.SealEncoding(_vector, Ada), FaceModels.Dlib, Ada);

        Assert.That(opened.Values.ToArray(), Is.EqualTo(_vector.Values.ToArray()));
    }

    [Test]
    public void A_sealed_template_shows_none_of_its_numbers_and_is_never_the_same_twice()
    {
        using var vault = Vault();
        var stored = vault.SealEncoding(_vector, Ada);
        var first = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(first, _vector.Values.Span[1]);

        Assert.Multiple(() =>
        {
            Assert.That(stored.AsSpan().IndexOf(first), Is.Negative);
            Assert.That(vault.SealEncoding(_vector, Ada), Is.Not.EqualTo(stored));
        });
    }

    [Test]
    public void Many_threads_seal_and_open_at_once()
    {
        using var vault = Vault();

        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var opened = vault.OpenEncoding(vault.SealEncoding(_vector, i), FaceModels.Dlib, i);
            Assert.That(opened.Values.Span.SequenceEqual(_vector.Values.Span), Is.True);
        });
    }

    [Test]
    public void A_template_moved_to_another_person_does_not_open()
    {
        using var vault = Vault();
        var stored = vault.SealEncoding(_vector, Ada);

        Assert.That(() => vault.OpenEncoding(stored, FaceModels.Dlib, Bob), Throws.TypeOf<TemplateUnreadableException>());
    }

    [Test]
    public void A_template_with_any_byte_changed_does_not_open()
    {
        using var vault = Vault();
        var stored = vault.SealEncoding(_vector, Ada);
        Assert.Multiple(() =>
        {
            for (var i = 0; i < stored.Length; i++)
            {
                stored[i] ^= 1;
                Assert.That(() => vault.OpenEncoding(stored, FaceModels.Dlib, Ada), Throws.TypeOf<TemplateUnreadableException>(), $"byte {i}");
                stored[i] ^= 1;
            }
        });
    }

    [Test]
    public void What_both_networks_say_opens_again_and_only_as_what_it_is()
    {
        using var vault = Vault();
        var second = new FaceVector(FaceModels.Second, Enumerable.Range(0, FaceModels.SecondLength).Select(i => i / 4096f).ToArray());
        var template = new FaceTemplate([.. Enumerable.Range(0, FaceTemplate.Length).Select(i => (sbyte)(i - 64))]);
        var stored = vault.Seal(new FaceOpinions(_vector, second, template), Ada);

        Assert.Multiple(() =>
        {
            Assert.That(vault.OpenEncoding(stored.Encoding, stored.Model, Ada).Values.ToArray(), Is.EqualTo(_vector.Values.ToArray()));
            Assert.That(vault.OpenSecond(stored.Second!.Sealed, stored.Second.Model, Ada).Values.ToArray(), Is.EqualTo(second.Values.ToArray()).Within(2e-4f));
            Assert.That(vault.OpenTemplate(stored.Template!.Sealed, Ada).InSteps.ToArray(), Is.EqualTo(template.InSteps.ToArray()));
            Assert.That(() => vault.OpenTemplate(stored.Template.Sealed, Bob), Throws.TypeOf<TemplateUnreadableException>());
            Assert.That(() => vault.OpenSecond(stored.Template.Sealed, FaceModels.Second, Ada), Throws.TypeOf<TemplateUnreadableException>());
            Assert.That(() => vault.OpenTemplate(stored.Second.Sealed, Ada), Throws.TypeOf<TemplateUnreadableException>());
            Assert.That(() => vault.OpenTemplate([], Ada), Throws.TypeOf<TemplateUnreadableException>());
        });
    }

    [Test]
    public void Another_servers_template_is_refused_with_both_key_ids()
    {
        using var ours = Vault();
        using var theirs = Vault(seed: 2);
        var stored = theirs.SealEncoding(_vector, Ada);

        Assert.That(() => ours.OpenEncoding(stored, FaceModels.Dlib, Ada), Throws.TypeOf<TemplateUnreadableException>().With.Message.Contains("FACEID_KEY"));
    }

    [Test]
    public void Rows_of_dlib_and_numpy_open()
    {
        using var vault = Vault();
        var values = _vector.Values.ToArray();
        var singles = new byte[values.Length * sizeof(float)];
        var doubles = new byte[values.Length * sizeof(double)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(singles.AsSpan(i * sizeof(float)), values[i]);
            BinaryPrimitives.WriteDoubleLittleEndian(doubles.AsSpan(i * sizeof(double)), values[i]);
        }

        Assert.Multiple(() =>
        {
            Assert.That(vault.OpenEncoding(singles, FaceModels.Dlib, Ada).Values.ToArray(), Is.EqualTo(values));
            Assert.That(vault.OpenEncoding(doubles, FaceModels.Dlib, Ada).Values.ToArray(), Is.EqualTo(values));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(33)]
    [TestCase(511)]
    [TestCase(2048)]
    public void Anything_else_is_refused(int length)
    {
        using var vault = Vault();

        Assert.That(() => vault.OpenEncoding(new byte[length], FaceModels.Dlib, Ada), Throws.TypeOf<TemplateUnreadableException>());
    }

    [Test]
    public void A_plain_row_that_is_not_all_finite_is_refused()
    {
        using var vault = Vault();
        var stored = new byte[FaceModels.DlibLength * sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(stored, float.NaN);

        Assert.That(() => vault.OpenEncoding(stored, FaceModels.Dlib, Ada), Throws.TypeOf<TemplateUnreadableException>());
    }

    private static TemplateVault Vault(byte seed = 1)
    {
        var key = new byte[MasterKey.Size];
        Array.Fill(key, seed);
        return new TemplateVault(MasterKeys.LoadOrCreate(new FaceIdSettings
        {
            DataFolder = "unused",
            ModelsFolder = "unused",
            Key = Convert.ToBase64String(key),
        }));
    }
}
