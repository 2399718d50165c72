namespace FaceId.Domain.Faces;

/// <summary>
/// What one face is compared by: 128 whole numbers, in units of 1/256, made of the opinions of both networks. Being whole numbers, they
/// have the same distance on every processor and in every search.
/// </summary>
public sealed class FaceTemplate
{
    public const int Length = 128;

    /// <summary>How many steps a number of one unit has.</summary>
    public const int Steps = 256;

    private readonly sbyte[] _steps;

    /// <exception cref="ArgumentException">There are not <see cref="Length"/> steps, or all are zero.</exception>
    public FaceTemplate(ReadOnlySpan<sbyte> steps)
    {
        if (steps.Length != Length)
        {
            throw new ArgumentException($"A template has {Length} numbers, not {steps.Length}.", nameof(steps));
        }

        if (!steps.ContainsAnyExcept((sbyte)0))
        {
            throw new ArgumentException("A template of zeros is no face.", nameof(steps));
        }

        _steps = steps.ToArray();
    }

    /// <summary>The numbers times <see cref="Steps"/>.</summary>
    public ReadOnlySpan<sbyte> InSteps => _steps;

    public float[] ToNumbers() => Array.ConvertAll(_steps, step => step / (float)Steps);

    /// <summary>Euclidean distance: 0 for the same photo, about 1.2 for two people.</summary>
    public double DistanceTo(FaceTemplate other) => DistanceOf(SquareTo(other));

    /// <summary>The square of the distance, in squared steps.</summary>
    public int SquareTo(FaceTemplate other)
    {
        var sum = 0;
        for (var i = 0; i < Length; i++)
        {
            var difference = _steps[i] - other._steps[i];
            sum += difference * difference;
        }

        return sum;
    }

    public static double DistanceOf(int square) => Math.Sqrt(square) / Steps;
}
