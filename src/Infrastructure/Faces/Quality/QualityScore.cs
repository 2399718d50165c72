using FaceId.Application.Faces;

namespace FaceId.Infrastructure.Faces.Quality;

/// <summary>
/// One number of all that was measured: the share of comparisons with other ordinary photos of the same person that succeed at a false
/// match rate of 1 in 10,000.
/// </summary>
/// <remarks>
/// A logistic regression over photos of half of the people in the development half of LFW and worsened copies of them, checked on the
/// other half (docs/accuracy.md). Each measurement counts only beyond where it starts to cost, and only against the photo. The distance
/// between the eyes, the angle of roll and the share outside the photo added nothing to the rest; limits of their own guard them.
/// </remarks>
internal static class QualityScore
{
    public static double Of(FaceQuality face)
    {
        var odds = 3.26
            - 2.57 * Beyond(0.52 - face.Sharpness, 0.1)
            - 5.87 * Beyond(face.Noise - 0.15, 0.2)
            - 0.72 * Beyond(Math.Log2(0.12 / Math.Max(face.Contrast, 0.005)), 1)
            - 3.30 * face.OverexposedShare
            - 0.83 * Square(face.YawDegrees / 45)
            - (face.PitchDegrees > 0 ? 1.57 : 1.19) * Square(face.PitchDegrees / 40)
            - 0.64 * face.Asymmetry
            - 0.96 * Beyond(1.04 - face.DetectorScore, 0.3);
        return 1 / (1 + Math.Exp(-odds));
    }

    private static double Beyond(double excess, double unit) => Math.Max(0, excess) / unit;

    private static double Square(double value) => value * value;
}
