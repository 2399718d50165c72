using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>The same for every face in a photo of a group, in one search. Each leaves a row in the log, so that everybody who was found sees it in theirs.</summary>
/// <param name="LivenessSession">Refused: a liveness session shows one person.</param>
[Requires(Permission.IdentifyFaces)]
public sealed record IdentifyFaces(IPhoto Photo, int Limit, Guid? LivenessSession = null) : IQuery<IdentifyFaces.Response>, IRecognitionAttempt
{
    public RecognitionAction Attempted => RecognitionAction.Identify;

    int? IRecognitionAttempt.SubjectId => null;

    /// <param name="Width">Of the upright image, in pixels.</param>
    /// <param name="Faces">Largest score first.</param>
    public sealed record Response(int Width, int Height, IReadOnlyList<Face> Faces, GallerySize Gallery, IdentificationTimings Timings) : IRecognitionOutcome
    {
        RecognitionFacts IRecognitionOutcome.Facts => Faces[0].Facts;

        IReadOnlyList<RecognitionFacts> IRecognitionOutcome.All => [.. Faces.Select(face => face.Facts)];
    }

    /// <inheritdoc cref="Identification"/>
    public sealed record Face(
        FaceBox Box, double Score, IReadOnlyList<IdentifiedPerson> Matches, bool Unknown, double Threshold, double FalseMatchRate, string Model)
    {
        internal RecognitionFacts Facts => new Identification(Matches, Unknown, Threshold, FalseMatchRate, Model).Facts;
    }

    internal sealed class Validator : AbstractValidator<IdentifyFaces>
    {
        public Validator() => Identifier.Rule(RuleFor(request => request.Limit));
    }

    internal sealed class Handler(IFaceEngine engine, IRecognitionSettings settings, Identifier identifier, TimeProvider time) : IRequestHandler<IdentifyFaces, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(IdentifyFaces request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            if (request.LivenessSession is not null || (await settings.CurrentAsync(cancellationToken)).RequireLiveness.Identify)
            {
                return LivenessErrors.OnePerson;
            }

            var ready = await identifier.CheckAsync(cancellationToken);
            if (ready.IsError)
            {
                return ready.Errors;
            }

            var read = await request.Photo.ReadAsync(cancellationToken);
            if (read.IsError)
            {
                return read.Errors;
            }

            using var file = read.Value;
            var analysed = await engine.AnalyseAsync(file.Bytes, new AnalysisOptions(Encode: EncodeFaces.All), cancellationToken);
            if (analysed.IsError)
            {
                return analysed.Errors;
            }

            var photo = analysed.Value;
            if (photo.Faces.Count == 0)
            {
                return FaceErrors.NoFace(photo.Scan.SmallestFace);
            }

            var found = await identifier.FindAsync([.. photo.Faces.Select(face => face.Opinions!)], request.Limit, cancellationToken);
            if (found.IsError)
            {
                return found.Errors;
            }

            var stages = photo.Timings;
            return new Response(
                photo.Width,
                photo.Height,
                [.. photo.Faces.Zip(found.Value.ByFace, Describe)],
                found.Value.Gallery,
                new IdentificationTimings(
                    stages.Queue, stages.Decode, stages.Detect, stages.Align, stages.Encode, found.Value.Milliseconds, Milliseconds.Since(time, started)));
        }

        private static Face Describe(DetectedFace face, Identification who) =>
            new(face.Box, face.Score, who.Matches, who.Unknown, who.Threshold, who.FalseMatchRate, who.Model);
    }
}
