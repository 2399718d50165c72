using ErrorOr;

namespace FaceId.Domain.Faces;

/// <summary>
/// Tells what can be a vector of <see cref="FaceModels.Dlib"/> from what cannot, for numbers that come from elsewhere. On 6,598 photos
/// of LFW its vectors are 1.18 to 1.69 long, and the cosine of each with their mean is 0.84 or more. Other networks' vectors, numbers
/// in another order and noise are nowhere near.
/// </summary>
public static class DlibNumbers
{
    private const double ShortestLength = 1.05;
    private const double LongestLength = 1.9;
    private const double LeastCosine = 0.5;

    /// <summary>The mean vector, in hundredths.</summary>
    private static readonly float[] Mean =
    [
        -9, 9, 5, -4, -10, -1, -2, -11, 13, -5, 20, -4, -24, -4, -3, 12,
        -15, -12, -13, -8, 1, 3, 3, 1, -13, -30, -7, -9, 6, -10, 1, 5,
        -19, -6, 3, 6, -5, -7, 21, 1, -16, 2, 6, 25, 20, 1, 2, -7,
        12, -26, 5, 14, 12, 8, 8, -14, 2, 14, -18, 7, 7, -9, -4, -4,
        16, 9, -8, -14, 17, -14, -4, 8, -9, -16, -26, 4, 37, 13, -18, 1,
        -7, -3, 3, 3, -8, -5, -9, 2, 20, -3, -2, 21, 1, -1, 4, 5,
        -11, -1, -11, -1, 5, -11, 1, 8, -18, 16, -2, -3, -1, -2, -8, 0,
        17, -25, 22, 18, 0, 12, 7, 6, 0, 0, -13, -12, 3, -3, 2, 4,
    ];

    private static readonly double MeanLength = Math.Sqrt(Mean.Sum(value => (double)value * value));

    /// <returns>Why the numbers cannot be dlib's; null when they can.</returns>
    public static Error? Check(ReadOnlySpan<float> numbers)
    {
        if (numbers.Length != FaceModels.DlibLength)
        {
            return FaceEncodingErrors.WrongLength(numbers.Length);
        }

        var squares = 0.0;
        var product = 0.0;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!float.IsFinite(numbers[i]))
            {
                return FaceEncodingErrors.NotFinite;
            }

            squares += (double)numbers[i] * numbers[i];
            product += (double)numbers[i] * Mean[i];
        }

        var length = Math.Sqrt(squares);
        return length switch
        {
            < 1e-6 => FaceEncodingErrors.ZeroVector,
            < ShortestLength or > LongestLength => FaceEncodingErrors.NotDlibLength(length, ShortestLength, LongestLength),
            _ when product / (length * MeanLength) < LeastCosine => FaceEncodingErrors.NotDlibDirection,
            _ => null,
        };
    }
}
