using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Search;

/// <summary>
/// dlib's vectors in whole steps, as the index keeps them. Two vectors are no further apart, and no nearer, than their steps by more than the
/// errors of both: so a search that reaches that much further misses nobody, and the vectors themselves decide.
/// </summary>
internal static class DlibSteps
{
    /// <summary>The greatest error of a vector that is kept. Those of real photos are off by 0.015; more means numbers that no photo gives.</summary>
    public const double MostError = 0.125;

    /// <summary>Rounds a vector, and gives the Euclidean length of what that changed; a little more, never less.</summary>
    public static double Round(ReadOnlySpan<float> vector, Span<sbyte> steps)
    {
        var squares = 0.0;
        for (var i = 0; i < vector.Length; i++)
        {
            steps[i] = (sbyte)Math.Clamp(Math.Round((double)vector[i] * FaceTemplate.Steps), sbyte.MinValue, sbyte.MaxValue);
            var lost = vector[i] - steps[i] / (double)FaceTemplate.Steps;
            squares += lost * lost;
        }

        return Math.Sqrt(squares) + 1e-9;
    }

    /// <summary>The greatest square of steps that is less than this distance.</summary>
    public static int SquareBelow(double distance) => (int)Math.Clamp(Math.Ceiling(distance * distance * FaceTemplate.Steps * FaceTemplate.Steps) - 1, 0, int.MaxValue);

    /// <summary>A square of steps that no distance up to this one exceeds.</summary>
    public static int SquareAbove(double distance) => (int)Math.Clamp(Math.Ceiling(distance * distance * FaceTemplate.Steps * FaceTemplate.Steps) + 1, 0, int.MaxValue);
}
