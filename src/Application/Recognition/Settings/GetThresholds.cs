using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using MediatR;

namespace FaceId.Application.Recognition.Settings;

/// <summary>Answers what distances the rates that are set come to now, how well those rates are known, and what they cost the right people.</summary>
[Requires(Permission.ManageSettings)]
public sealed record GetThresholds : IQuery<GetThresholds.Response>
{
    /// <param name="Faces">How many faces a search is among now.</param>
    /// <param name="Thresholds">For each purpose and each model that faces are compared by.</param>
    /// <param name="Calibrations">What they are read from.</param>
    public sealed record Response(int Faces, IReadOnlyList<ThresholdInForce> Thresholds, IReadOnlyList<CalibrationOrigin> Calibrations);

    /// <param name="Purpose">Named as in the settings.</param>
    /// <param name="Comparisons">How many faces share the rate: all of the gallery in a search, otherwise one. Of a person with several faces each gets an equal part.</param>
    /// <param name="Distance">What is nearer than this passes.</param>
    /// <param name="FalseMatchRate">Share of strangers who pass, of a search as a whole; extrapolated where fewer than 30 pairs of people were seen that near.</param>
    /// <param name="FalseNonMatchRate">Share of the right people who are refused, each with one face.</param>
    public sealed record ThresholdInForce(
        string Purpose, string Model, int Comparisons, double Distance, CalibratedRate FalseMatchRate, CalibratedRate FalseNonMatchRate);

    internal sealed class Handler(IRecognitionSettings settings, ICalibrations calibrations, Thresholds thresholds, IFaceGallery gallery)
        : IRequestHandler<GetThresholds, ErrorOr<Response>>
    {
        private static readonly string[] Models = [FaceModels.Fused, FaceModels.Dlib];

        public async Task<ErrorOr<Response>> Handle(GetThresholds query, CancellationToken cancellationToken)
        {
            var rates = (await settings.CurrentAsync(cancellationToken)).FalseMatchRates;
            var faces = gallery.State.Faces;
            var searched = Math.Max(1, faces);
            var purposes = new (string Name, double Rate, int Comparisons)[]
            {
                ("verify", rates.Verify, 1), ("identify", rates.Identify, searched), ("duplicate", rates.Duplicate, searched), ("proof", rates.Proof, 1),
            };
            return new Response(
                faces,
                [.. purposes.SelectMany(purpose => Models.Select(model => InForce(purpose.Name, model, purpose.Rate, purpose.Comparisons)))],
                [.. Models.Select(model => calibrations.For(model)).OfType<Calibration>().Select(calibration => calibration.Origin)]);
        }

        private ThresholdInForce InForce(string purpose, string model, double rate, int comparisons)
        {
            var threshold = thresholds.Of(model, rate, comparisons);
            var known = calibrations.For(model)!.At(threshold.Distance);
            return new ThresholdInForce(
                purpose,
                model,
                comparisons,
                threshold.Distance,
                known.FalseMatch with
                {
                    Value = threshold.FalseMatchRate,
                    Low = Math.Min(threshold.FalseMatchRate, known.FalseMatch.Low * comparisons),
                    High = Math.Max(threshold.FalseMatchRate, Math.Min(1, known.FalseMatch.High * comparisons)),
                },
                known.FalseNonMatch);
        }
    }
}
