using ErrorOr;
using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>Reads a photo that must show exactly one face, and encodes that face.</summary>
public sealed class SingleFace(IFaceEngine engine)
{
    public async Task<ErrorOr<EncodedFace>> EncodeAsync(IPhoto photo, CancellationToken cancellationToken)
    {
        var read = await photo.ReadAsync(cancellationToken);
        if (read.IsError)
        {
            return read.Errors;
        }

        using var file = read.Value;
        var analysed = await engine.AnalyseAsync(file.Bytes, new AnalysisOptions(Encode: EncodeFaces.WhenSingle), cancellationToken);
        if (analysed.IsError)
        {
            return analysed.Errors;
        }

        var analysis = analysed.Value;
        return analysis.Faces switch
        {
            [] => FaceErrors.NoFace(analysis.Scan.SmallestFace),
            [var face] => new EncodedFace(face.Opinions!, analysis.Timings),
            { Count: var count } => FaceErrors.SeveralFaces(count),
        };
    }
}

public sealed record EncodedFace(FaceOpinions Opinions, StageTimings Timings);
