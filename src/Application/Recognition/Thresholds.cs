using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>Turns false match rates into distances, and distances into decisions, by the calibration of each model.</summary>
public sealed class Thresholds(ICalibrations calibrations)
{
    /// <summary>Decides whether a probe is the person who has these templates.</summary>
    /// <param name="falseMatchRate">The share of strangers that may pass. Each template is one more chance for them, so each is given an equal part of it.</param>
    public Decision Decide(FaceOpinions probe, IReadOnlyCollection<FaceOpinions> templates, double falseMatchRate) => templates
        .Select(template => Decide(probe.DistanceTo(template), falseMatchRate, templates.Count))
        .MinBy(decision => decision.Distance / decision.Threshold)!;

    /// <param name="comparisons">How many strangers, or templates of one, the rate is for.</param>
    public Decision Decide(FaceDistance distance, double falseMatchRate, int comparisons)
    {
        var limit = Of(distance.Model, falseMatchRate, comparisons);
        return new Decision(
            distance.Value < limit.Distance,
            distance.Value,
            limit.Distance,
            ConfidenceOf(distance),
            limit.FalseMatchRate,
            distance.Model);
    }

    /// <summary>The distance below which so few strangers are, at so many comparisons; or as few as the calibration can vouch for.</summary>
    public Threshold Of(string model, double falseMatchRate, int comparisons)
    {
        var calibration = Calibration(model);
        var rate = Math.Max(falseMatchRate / comparisons, calibration.LeastFalseMatchRate);
        return new Threshold(calibration.DistanceAt(rate).Value, Math.Min(1, rate * comparisons));
    }

    public double ConfidenceOf(FaceDistance distance) => Calibration(distance.Model).ConfidenceAt(distance.Value);

    private Calibration Calibration(string model) => calibrations.For(model)
        ?? throw new InvalidOperationException($"There is no calibration for '{model}'.");
}

/// <param name="FalseMatchRate">What was asked for, or more where the calibration cannot vouch for so little.</param>
public readonly record struct Threshold(double Distance, double FalseMatchRate);
