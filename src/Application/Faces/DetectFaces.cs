using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;

namespace FaceId.Application.Faces;

/// <summary>Shows where the faces of a photo are; nothing is stored.</summary>
/// <param name="Thorough">Scan the photo at full size as dlib does, which finds smaller faces and takes longer.</param>
/// <param name="Encodings">Answer dlib's 128 numbers of each face and its template too; for administrators.</param>
[Requires(Permission.AnalysePhotos)]
public sealed record DetectFaces(IPhoto Photo, bool Thorough = false, bool Encodings = false) : IQuery<DetectFaces.Response>
{
    /// <param name="Width">Of the upright image, in pixels.</param>
    public sealed record Response(int Width, int Height, ScanInfo Scan, IReadOnlyList<Face> Faces, StageTimings Timings);

    /// <param name="Quality">The score of the measurements, 0 to 1.</param>
    /// <param name="Crossed">The limits for which the face would be refused at enrolment.</param>
    /// <param name="Encoding">dlib's 128 numbers, only when asked for.</param>
    /// <param name="Template">The 128 numbers that faces are compared by; the Euclidean distance of two is the distance of a verification. Only when asked for, and while the second model is on.</param>
    public sealed record Face(
        FaceBox Box,
        double Score,
        IReadOnlyList<FacePoint> Landmarks,
        double Quality,
        FaceQuality Measurements,
        IReadOnlyList<CrossedLimit> Crossed,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReadOnlyMemory<float>? Encoding,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<float>? Template);

    internal sealed class Handler(IFaceEngine engine, QualityOptions quality, ICaller caller) : IRequestHandler<DetectFaces, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(DetectFaces request, CancellationToken cancellationToken)
        {
            if (request.Encodings && !caller.Has(Permission.ReadEncodings))
            {
                return SecurityErrors.Forbidden;
            }

            var read = await request.Photo.ReadAsync(cancellationToken);
            if (read.IsError)
            {
                return read.Errors;
            }

            using var file = read.Value;
            var options = new AnalysisOptions(request.Thorough, request.Encodings ? EncodeFaces.All : EncodeFaces.None);
            var analysed = await engine.AnalyseAsync(file.Bytes, options, cancellationToken);
            return analysed.Then(analysis => new Response(
                analysis.Width, analysis.Height, analysis.Scan, [.. analysis.Faces.Select(Describe)], analysis.Timings));
        }

        private Face Describe(DetectedFace face) => new(
            face.Box,
            face.Score,
            face.Landmarks,
            face.Quality.Score,
            face.Quality,
            quality.Enrolment.CrossedBy(face.Quality),
            face.Opinions?.Dlib.Values,
            face.Opinions?.Template?.ToNumbers());
    }
}
