namespace FaceId.Domain.Faces;

/// <summary>What the networks say of one face.</summary>
/// <param name="Second">Null while the second model is off, and for faces enrolled without it.</param>
/// <param name="Template">Made of both; null without a second opinion.</param>
public sealed record FaceOpinions(FaceVector Dlib, FaceVector? Second, FaceTemplate? Template)
{
    /// <summary>Names what the face is best compared by.</summary>
    public string Model => Template is null ? Dlib.Model : FaceModels.Fused;

    /// <summary>The numbers of one model; null where it said nothing.</summary>
    public FaceVector? Of(string model) => model switch
    {
        FaceModels.Fused => Template is null ? null : new FaceVector(model, Template.ToNumbers()),
        FaceModels.Second => Second,
        _ => Dlib.Model == model ? Dlib : null,
    };

    /// <summary>How far two faces are apart: by their templates where both have one, otherwise by what dlib says.</summary>
    public FaceDistance DistanceTo(FaceOpinions other) => Template is { } mine && other.Template is { } theirs
        ? new FaceDistance(mine.DistanceTo(theirs), FaceModels.Fused)
        : new FaceDistance(Dlib.DistanceTo(other.Dlib), Dlib.Model);
}

/// <summary>Distances of different models cannot be compared with each other.</summary>
public readonly record struct FaceDistance(double Value, string Model);
