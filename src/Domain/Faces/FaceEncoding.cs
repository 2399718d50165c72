using ErrorOr;

namespace FaceId.Domain.Faces;

/// <summary>One enrolled template of one person; the root of the Faces aggregate.</summary>
public sealed class FaceEncoding
{
    /// <summary>How many templates one person may have.</summary>
    public const int MaxPerUser = 20;

    private FaceEncoding(int userId, byte[] encoding, string model, float? quality, bool? selfEnrolled, DateTimeOffset createdAt)
    {
        UserId = userId;
        Encoding = encoding;
        Model = model;
        Quality = quality;
        SelfEnrolled = selfEnrolled;
        CreatedAt = createdAt;
        UpdatedAt = createdAt;
    }

    public int Id { get; private set; }

    public int UserId { get; private set; }

    /// <summary>The vector as stored: our encrypted envelope, or 128 plain float32 or float64 numbers written by another program.</summary>
    public byte[] Encoding { get; private set; }

    /// <summary>Where the photo is kept, relative to the data folder, or wherever another program keeps it; null when nobody does.</summary>
    public string? ImagePath { get; private set; }

    /// <summary>The key of the photo that FaceId keeps, encrypted; null for photos of other programs.</summary>
    public byte[]? ImageKey { get; private set; }

    /// <summary>The model that made the vector; see <see cref="FaceModels"/>.</summary>
    public string Model { get; private set; }

    /// <summary>The second network's vector, encrypted; null in rows that another program wrote, or while it was off.</summary>
    public byte[]? SecondEncoding { get; private set; }

    public string? SecondModel { get; private set; }

    /// <summary>The <see cref="FaceTemplate"/> made of both, encrypted; null when there is no second vector.</summary>
    public byte[]? Template { get; private set; }

    public string? TemplateModel { get; private set; }

    /// <summary>How well the photo can be expected to match, 0 to 1; null for faces that other programs wrote.</summary>
    public float? Quality { get; private set; }

    /// <summary>Whether the person enrolled it themselves, just after they proved who they are by something else than a face.</summary>
    public bool? SelfEnrolled { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Adds a template to a person who has <paramref name="alreadyEnrolled"/> of them.</summary>
    public static ErrorOr<FaceEncoding> Enrol(int userId, int alreadyEnrolled, SealedFace face, double quality, bool selfEnrolled, DateTimeOffset now)
    {
        if (alreadyEnrolled >= MaxPerUser)
        {
            return FaceEncodingErrors.TooManyFaces;
        }

        var enrolled = new FaceEncoding(userId, face.Encoding, face.Model, (float)quality, selfEnrolled, now);
        enrolled.Take(face);
        return enrolled;
    }

    /// <summary>Puts what the networks say now of the face's photo in the place of what is stored.</summary>
    public void Replace(SealedFace face, double quality, DateTimeOffset now)
    {
        Take(face);
        (Quality, UpdatedAt) = ((float)quality, now);
    }

    /// <summary>Whether nothing of it changed since it was read before.</summary>
    public bool IsAsItWas(FaceEncoding before) =>
        (Id, UserId, ImagePath, UpdatedAt) == (before.Id, before.UserId, before.ImagePath, before.UpdatedAt) && Encoding.AsSpan().SequenceEqual(before.Encoding);

    /// <summary>Adds what both networks say of a newer photo; dlib's vector stays as it was enrolled.</summary>
    public void Upgrade(SealedFace face, DateTimeOffset now)
    {
        Take(face with { Encoding = Encoding, Model = Model });
        UpdatedAt = now;
    }

    /// <summary>Notes where the photo of a new face is kept, and the number that it was sealed for.</summary>
    public void KeepImage(int id, string path, byte[] sealedKey) => (Id, ImagePath, ImageKey) = (id, path, sealedKey);

    private void Take(SealedFace face)
    {
        (Encoding, Model) = (face.Encoding, face.Model);
        (SecondEncoding, SecondModel) = (face.Second?.Sealed, face.Second?.Model);
        (Template, TemplateModel) = (face.Template?.Sealed, face.Template?.Model);
    }
}
