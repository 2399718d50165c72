namespace FaceId.Domain.Faces;

/// <summary>What a network says of a face: a list of numbers that only vectors of the same model can be compared with.</summary>
public sealed class FaceVector
{
    /// <param name="model">Name of the network and its version; see <see cref="FaceModels"/>.</param>
    /// <param name="values">The numbers, all finite.</param>
    /// <exception cref="ArgumentException">There are no numbers, or one of them is not finite.</exception>
    public FaceVector(string model, ReadOnlyMemory<float> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("A face vector needs numbers.", nameof(values));
        }

        foreach (var value in values.Span)
        {
            if (!float.IsFinite(value))
            {
                throw new ArgumentException("A face vector holds finite numbers only.", nameof(values));
            }
        }

        Model = model;
        Values = values;
    }

    /// <summary>Numbers that were printed and read lose their last digits; two photos, even of one moment, are much farther apart.</summary>
    private const double SamePhoto = 1e-4;

    /// <summary>Of 369 faces that were cut out of photos of LFW and encoded again none was farther from its photo; 4 of 100,000 strangers are as near.</summary>
    private const double CutOut = 0.45;

    public string Model { get; }

    public ReadOnlyMemory<float> Values { get; }

    /// <summary>Whether both were made of the same photo of the same face.</summary>
    /// <exception cref="ArgumentException">The other vector comes from another model.</exception>
    public bool IsOfSamePhoto(FaceVector other) => DistanceTo(other) < SamePhoto;

    /// <summary>Whether dlib's vector can be of the same photo as this one, if one of them was made of the face cut out to be kept.</summary>
    /// <exception cref="ArgumentException">The other vector comes from another model.</exception>
    public bool IsOfSamePhotoCutOut(FaceVector other) => DistanceTo(other) <= CutOut;

    /// <summary>Euclidean distance to a vector of the same model: 0 for the same photo; dlib's authors take less than 0.6 for the same person.</summary>
    /// <exception cref="ArgumentException">The other vector comes from another model.</exception>
    public double DistanceTo(FaceVector other)
    {
        if (other.Model != Model || other.Values.Length != Values.Length)
        {
            throw new ArgumentException($"A vector of '{Model}' cannot be compared with one of '{other.Model}'.", nameof(other));
        }

        var a = Values.Span;
        var b = other.Values.Span;
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            double difference = a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }
}
