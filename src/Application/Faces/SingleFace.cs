using ErrorOr;
using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>Reads a photo that must show exactly one face, good enough for what it is for, and encodes that face.</summary>
public sealed class SingleFace(IFaceEngine engine, QualityOptions quality)
{
    public async Task<ErrorOr<EncodedFace>> EncodeAsync(IPhoto photo, PhotoUse use, CancellationToken cancellationToken)
    {
        var read = await photo.ReadAsync(cancellationToken);
        if (read.IsError)
        {
            return read.Errors;
        }

        using var file = read.Value;
        return await EncodeAsync(file, use, crop: false, cancellationToken);
    }

    /// <param name="crop">Whether to give the picture of the face that can be kept too.</param>
    public async Task<ErrorOr<EncodedFace>> EncodeAsync(PhotoFile photo, PhotoUse use, bool crop, CancellationToken cancellationToken)
    {
        var analysed = await engine.AnalyseAsync(photo.Bytes, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Crops: crop), cancellationToken);
        if (analysed.IsError)
        {
            return analysed.Errors;
        }

        var analysis = analysed.Value;
        return analysis.Faces switch
        {
            [] => FaceErrors.NoFace(analysis.Scan.SmallestFace),
            [var face] => Grade(face, use, analysis.Timings),
            { Count: var count } => FaceErrors.SeveralFaces(count),
        };
    }

    private ErrorOr<EncodedFace> Grade(DetectedFace face, PhotoUse use, StageTimings timings)
    {
        var limits = use switch
        {
            PhotoUse.Enrolment => quality.Enrolment,
            PhotoUse.Comparison => quality.Comparison,
            _ => null,
        };
        return limits?.CrossedBy(face.Quality) is { Count: > 0 } crossed
            ? FaceErrors.PoorQuality(face.Quality, crossed)
            : new EncodedFace(face.Opinions!, QualityReport.Of(face.Quality, quality), timings) { Crop = face.Crop };
    }
}

public enum PhotoUse
{
    /// <summary>The face becomes a template.</summary>
    Enrolment,

    /// <summary>The face is compared once.</summary>
    Comparison,

    /// <summary>The face was enrolled from it, by the limits of then.</summary>
    Reencoding,
}

public sealed record EncodedFace(FaceOpinions Opinions, QualityReport Quality, StageTimings Timings)
{
    /// <summary>The picture of the face that can be kept; null where it was not asked for.</summary>
    public byte[]? Crop { get; init; }
}
