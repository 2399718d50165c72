using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>Decides whether two photos show the same person; nothing but the log row is stored.</summary>
[Requires(Permission.AnalysePhotos)]
public sealed record CompareFaces(IPhoto Image1, IPhoto Image2) : IQuery<Verification>, IRecognitionAttempt
{
    public RecognitionAction Attempted => RecognitionAction.Verify;

    int? IRecognitionAttempt.SubjectId => null;

    internal sealed class Handler(SingleFace singleFace, Thresholds thresholds, IRecognitionSettings settings, TimeProvider time) : IRequestHandler<CompareFaces, ErrorOr<Verification>>
    {
        public async Task<ErrorOr<Verification>> Handle(CompareFaces request, CancellationToken cancellationToken)
        {
            var started = time.GetTimestamp();
            var first = await singleFace.EncodeAsync(request.Image1, PhotoUse.Comparison, cancellationToken);
            if (first.IsError)
            {
                return Named("image1", first.FirstError);
            }

            var second = await singleFace.EncodeAsync(request.Image2, PhotoUse.Comparison, cancellationToken);
            if (second.IsError)
            {
                return Named("image2", second.FirstError);
            }

            var (a, b) = (first.Value.Timings, second.Value.Timings);
            var rates = (await settings.CurrentAsync(cancellationToken)).FalseMatchRates;
            var decision = thresholds.Decide(first.Value.Opinions.DistanceTo(second.Value.Opinions), rates.Verify, comparisons: 1);
            return Verification.Of(decision, [first.Value.Quality, second.Value.Quality], new VerificationTimings(
                Milliseconds.Rounded(a.Queue + b.Queue),
                Milliseconds.Rounded(a.Decode + b.Decode),
                Milliseconds.Rounded(a.Detect + b.Detect),
                Milliseconds.Rounded(a.Align + b.Align),
                Milliseconds.Rounded(a.Encode + b.Encode),
                Milliseconds.Since(time, started)));
        }

        /// <summary>The same error, saying which of the two photos it is about.</summary>
        private static Error Named(string field, Error error) => Error.Custom(
            error.NumericType,
            error.Code,
            $"{field}: {error.Description}",
            new Dictionary<string, object>(error.Metadata ?? []) { ["field"] = field });
    }
}
