using System.ComponentModel.DataAnnotations;

namespace FaceId.Application.Faces;

/// <summary>What a photo must hold to be used. docs/accuracy.md shows what each default refuses, and what it would have cost.</summary>
public sealed record QualityLimits
{
    /// <summary>Enrolment is strict: a poor template spoils every comparison to come.</summary>
    public static readonly QualityLimits ForEnrolment = new();

    /// <summary>A comparison is refused only where it would fail anyway.</summary>
    public static readonly QualityLimits ForComparison = new()
    {
        MinEyeDistancePixels = 8,
        MinSharpness = 0.36,
        MinBrightness = 0.03,
        MaxBrightness = 0.99,
        MinContrast = 0.012,
        MaxOverexposedShare = 0.95,
        MaxYawDegrees = 75,
        MaxPitchDegrees = 65,
        MaxRollDegrees = 90,
        MaxOutsideShare = 0.5,
    };

    /// <value>The default is 24.</value>
    [Range(0, 1000)]
    public double MinEyeDistancePixels { get; init; } = 24;

    /// <value>The default is 0.42.</value>
    [Range(0.0, 1.0)]
    public double MinSharpness { get; init; } = 0.42;

    /// <summary>Low on purpose: it is there for photos without light, not for dark skin.</summary>
    /// <value>The default is 0.1.</value>
    [Range(0.0, 1.0)]
    public double MinBrightness { get; init; } = 0.1;

    /// <value>The default is 0.93.</value>
    [Range(0.0, 1.0)]
    public double MaxBrightness { get; init; } = 0.93;

    /// <value>The default is 0.035.</value>
    [Range(0.0, 0.5)]
    public double MinContrast { get; init; } = 0.035;

    /// <value>The default is 0.4.</value>
    [Range(0.0, 1.0)]
    public double MaxOverexposedShare { get; init; } = 0.4;

    /// <summary>To either side.</summary>
    /// <value>The default is 45.</value>
    [Range(0.0, 90.0)]
    public double MaxYawDegrees { get; init; } = 45;

    /// <summary>Up or down.</summary>
    /// <value>The default is 38.</value>
    [Range(0.0, 90.0)]
    public double MaxPitchDegrees { get; init; } = 38;

    /// <summary>To either side.</summary>
    /// <value>The default is 50.</value>
    [Range(0.0, 180.0)]
    public double MaxRollDegrees { get; init; } = 50;

    /// <value>The default is 0.12.</value>
    [Range(0.0, 1.0)]
    public double MaxOutsideShare { get; init; } = 0.12;

    /// <summary>Every limit that a face crosses, the one to mend first at the front.</summary>
    public IReadOnlyList<CrossedLimit> CrossedBy(FaceQuality face) =>
    [
        .. Above(FaceErrors.PartlyOutside, nameof(face.OutsideShare), face.OutsideShare, MaxOutsideShare),
        .. Below(FaceErrors.FaceTooSmall, nameof(face.EyeDistancePixels), face.EyeDistancePixels, MinEyeDistancePixels),
        .. Below(FaceErrors.TooDark, nameof(face.Brightness), face.Brightness, MinBrightness),
        .. Above(FaceErrors.TooBright, nameof(face.Brightness), face.Brightness, MaxBrightness),
        .. Above(FaceErrors.TooBright, nameof(face.OverexposedShare), face.OverexposedShare, MaxOverexposedShare),
        .. Below(FaceErrors.LowContrast, nameof(face.Contrast), face.Contrast, MinContrast),
        .. Above(FaceErrors.ExtremePose, nameof(face.YawDegrees), face.YawDegrees, MaxYawDegrees, Math.Abs(face.YawDegrees)),
        .. Above(FaceErrors.ExtremePose, nameof(face.PitchDegrees), face.PitchDegrees, MaxPitchDegrees, Math.Abs(face.PitchDegrees)),
        .. Above(FaceErrors.ExtremePose, nameof(face.RollDegrees), face.RollDegrees, MaxRollDegrees, Math.Abs(face.RollDegrees)),
        .. Below(FaceErrors.Blurred, nameof(face.Sharpness), face.Sharpness, MinSharpness),
    ];

    /// <summary>Whether these limits let pass all that others do.</summary>
    public bool AllowAllThat(QualityLimits stricter) =>
        MinEyeDistancePixels <= stricter.MinEyeDistancePixels
        && MinSharpness <= stricter.MinSharpness
        && MinBrightness <= stricter.MinBrightness
        && MaxBrightness >= stricter.MaxBrightness
        && MinContrast <= stricter.MinContrast
        && MaxOverexposedShare >= stricter.MaxOverexposedShare
        && MaxYawDegrees >= stricter.MaxYawDegrees
        && MaxPitchDegrees >= stricter.MaxPitchDegrees
        && MaxRollDegrees >= stricter.MaxRollDegrees
        && MaxOutsideShare >= stricter.MaxOutsideShare;

    private static CrossedLimit[] Below(string code, string measurement, double value, double limit) =>
        value < limit ? [new CrossedLimit(code, Named(measurement), value, limit)] : [];

    private static CrossedLimit[] Above(string code, string measurement, double value, double limit, double? size = null) =>
        (size ?? value) > limit ? [new CrossedLimit(code, Named(measurement), value, limit)] : [];

    /// <summary>As answers spell it.</summary>
    private static string Named(string property) => char.ToLowerInvariant(property[0]) + property[1..];
}

/// <param name="Code">The reason with which a photo is refused for it.</param>
/// <param name="Measurement">The member of <see cref="FaceQuality"/>, as answers spell it.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Limit">What it must not go beyond; of angles, to either side.</param>
public sealed record CrossedLimit(string Code, string Measurement, double Value, double Limit);

/// <summary>What a photo must hold, by what it is for.</summary>
public sealed record QualityOptions
{
    public QualityLimits Enrolment { get; init; } = QualityLimits.ForEnrolment;

    public QualityLimits Comparison { get; init; } = QualityLimits.ForComparison;
}
