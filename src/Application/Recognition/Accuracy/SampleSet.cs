using System.Numerics;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Samples of one model in order of their people, laid out for comparing all with all.</summary>
public sealed class SampleSet
{
    private readonly double[] _shareOf;

    /// <exception cref="ArgumentException">There are no samples, or they come from several models.</exception>
    public SampleSet(IEnumerable<FaceSample> samples)
    {
        Samples = [.. samples.OrderBy(sample => sample.Person, StringComparer.Ordinal)];
        if (Samples.Count == 0 || Samples.Any(sample => sample.Vector.Model != Model || sample.Vector.Values.Length != Samples[0].Vector.Values.Length))
        {
            throw new ArgumentException("There must be samples, all of one model.", nameof(samples));
        }

        PersonOf = new int[Samples.Count];
        var photos = new List<int>();
        for (var i = 0; i < Samples.Count; i++)
        {
            if (i == 0 || Samples[i].Person != Samples[i - 1].Person)
            {
                photos.Add(0);
            }

            PersonOf[i] = photos.Count - 1;
            photos[^1]++;
        }

        PhotosOf = [.. photos];
        _shareOf = Array.ConvertAll(PhotosOf, photos => 1.0 / photos);
        EndOf = new int[PhotosOf.Length];
        for (var (person, end) = (0, 0); person < PhotosOf.Length; person++)
        {
            EndOf[person] = end += PhotosOf[person];
        }

        Stride = (Samples[0].Vector.Values.Length + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        Values = new float[Stride * Samples.Count];
        for (var i = 0; i < Samples.Count; i++)
        {
            Samples[i].Vector.Values.Span.CopyTo(Values.AsSpan(i * Stride));
        }
    }

    public IReadOnlyList<FaceSample> Samples { get; }

    public string Model => Samples[0].Vector.Model;

    public int People => PhotosOf.Length;

    /// <summary>People with two photos or more.</summary>
    public int PeopleWithPairs => PhotosOf.Count(photos => photos > 1);

    /// <summary>Person of each sample, counted from 0.</summary>
    internal int[] PersonOf { get; }

    /// <summary>How many samples each person has.</summary>
    internal int[] PhotosOf { get; }

    /// <summary>Index after each person's last sample.</summary>
    internal int[] EndOf { get; }

    /// <summary>The vectors, each followed by zeros up to the stride.</summary>
    internal float[] Values { get; }

    internal int Stride { get; }

    /// <summary>What a pair of two people's photos counts when every pair of people counts 1.</summary>
    internal double PairWeight(int first, int second) => _shareOf[PersonOf[first]] * _shareOf[PersonOf[second]];

    /// <summary>What a pair of one person's photos counts when every person counts 1.</summary>
    internal double GenuineWeight(int person) => 2.0 / PhotosOf[person] / (PhotosOf[person] - 1);
}
