using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ErrorOr;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>One person as an entry of a source tells of them, still as text; what is wrong first is what is told.</summary>
internal struct PersonForm
{
    private const int MaxSlugLength = 40;
    private const int HalfSize = 2;

    private List<ImportedFace>? _faces;
    private Error? _error;

    public string? Email { get; set; }

    /// <summary>How the other system knows the person, where they have no address.</summary>
    public string? ExternalId { get; set; }

    public string? Name { get; set; }

    public bool IsVerified { get; set; }

    public bool? IsActive { get; set; }

    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>An address that leads nowhere, the same for the same id.</summary>
    public static string PlaceholderFor(string id)
    {
        var slug = new StringBuilder();
        foreach (var letter in id.Trim().Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                slug.Append(char.ToLowerInvariant(letter));
            }
            else if (letter is ' ' or '_' or '-' or '.' && slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        slug.Length = Math.Min(slug.Length, MaxSlugLength);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id.Trim().Normalize(NormalizationForm.FormC))).AsSpan(0, 8));
        return $"{(slug.Length == 0 ? "person" : slug.ToString().Trim('-'))}-{hash}@imported.invalid";
    }

    public void Refuse(Error error) => _error ??= error;

    public void Add(ErrorOr<float[]> numbers) => Add(numbers, default);

    public void Add(ErrorOr<float[]> numbers, FaceExtras extras)
    {
        if (numbers.IsError)
        {
            Refuse(numbers.FirstError);
            return;
        }

        if (DlibNumbers.Check(numbers.Value) is { } wrong)
        {
            Refuse(wrong);
            return;
        }

        if (extras.Model is { } model && model != FaceModels.Dlib)
        {
            Refuse(UnknownModel(model));
            return;
        }

        var second = Second(extras);
        var template = Template(extras);
        if (_error is null)
        {
            (_faces ??= []).Add(new ImportedFace(
                new FaceOpinions(new FaceVector(FaceModels.Dlib, numbers.Value), second, template), extras.CreatedAt));
        }
    }

    public readonly ErrorOr<ImportedPerson> ToPerson()
    {
        if (_error is { } error)
        {
            return error;
        }

        var id = NullIfBlank(ExternalId) ?? NullIfBlank(Name);
        if ((NullIfBlank(Email) ?? (id is null ? null : PlaceholderFor(id))) is not { } address)
        {
            return Error.Validation("bad_email", "The entry tells neither an e-mail address nor a name nor an external id.");
        }

        var email = Domain.Users.Email.Parse(address);
        if (email.IsError)
        {
            return Error.Validation("bad_email", email.FirstError.Description);
        }

        PersonName? name = null;
        if ((NullIfBlank(Name) ?? (NullIfBlank(Email) is null ? id : null)) is { } text)
        {
            var parsed = PersonName.Parse(text);
            if (parsed.IsError)
            {
                return Error.Validation("bad_name", parsed.FirstError.Description);
            }

            name = parsed.Value;
        }

        return new ImportedPerson(email.Value, name, _faces ?? [], IsVerified, IsActive ?? true, CreatedAt?.ToUniversalTime());
    }

    /// <summary>A moment as ISO 8601 writes it, in UTC where it tells no offset.</summary>
    public static bool TryTime(ReadOnlySpan<char> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private FaceVector? Second(FaceExtras extras)
    {
        if (extras.Second is null)
        {
            return null;
        }

        if (extras.SecondModel != FaceModels.Second)
        {
            Refuse(UnknownModel(extras.SecondModel));
            return null;
        }

        if (VectorText.Bytes(extras.Second, FaceModels.SecondLength * HalfSize) is not { } bytes)
        {
            Refuse(Unreadable);
            return null;
        }

        var numbers = new float[FaceModels.SecondLength];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(i * HalfSize));
            if (!float.IsFinite(numbers[i]))
            {
                Refuse(FaceEncodingErrors.NotFinite);
                return null;
            }
        }

        return new FaceVector(FaceModels.Second, numbers);
    }

    private FaceTemplate? Template(FaceExtras extras)
    {
        if (extras.Template is null)
        {
            return null;
        }

        if (extras.TemplateModel != FaceModels.Fused)
        {
            Refuse(UnknownModel(extras.TemplateModel));
            return null;
        }

        if (VectorText.Bytes(extras.Template, FaceTemplate.Length) is { } bytes && bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            return new FaceTemplate(MemoryMarshal.Cast<byte, sbyte>(bytes));
        }

        Refuse(Unreadable);
        return null;
    }

    private static Error Unreadable => Error.Validation("unreadable_encoding", "The second vector or the template is not as FaceId exports it.");

    private static Error UnknownModel(string? model) =>
        Error.Validation("unknown_model", $"This server has no model '{(model is { Length: > 50 } ? model[..50] : model)}', so its vectors are of no use here. Enrol the photos.");

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>What FaceId's own exports tell of a face beside dlib's numbers.</summary>
internal record struct FaceExtras(string? Model, byte[]? Second, string? SecondModel, byte[]? Template, string? TemplateModel, DateTimeOffset? CreatedAt);
