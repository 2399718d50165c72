using System.Collections.Concurrent;
using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>Measures how often a model takes strangers for the same person, and the same person for strangers, on real photos.</summary>
public sealed class AccuracyStudy
{
    private readonly List<Sample> _samples = [];
    private readonly Dictionary<string, int> _refused = [];

    private sealed record Sample(string Person, FaceVector Vector);

    /// <summary>How many photos gave a vector.</summary>
    public int Photos => _samples.Count;

    /// <summary>How many people have at least one photo among them.</summary>
    public int People => _samples.Select(sample => sample.Person).Distinct().Count();

    /// <summary>How many photos were refused, by the code of the refusal: failures to enrol.</summary>
    public IReadOnlyDictionary<string, int> Refused => _refused;

    /// <summary>Analyses photos as enrolment does: one that does not show exactly one face is refused.</summary>
    /// <param name="photos">The person in each photo, and its file.</param>
    /// <param name="done">Told the number of photos done so far.</param>
    public static async Task<AccuracyStudy> RunAsync(
        IFaceEngine engine, IReadOnlyList<(string Person, string File)> photos, IProgress<int> done, CancellationToken cancellationToken)
    {
        var results = new ConcurrentBag<(string Person, string File, FaceVector? Vector, string? Refusal)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(photos, options, async (photo, token) =>
        {
            var analysed = await engine.AnalyseAsync(
                await File.ReadAllBytesAsync(photo.File, token), new AnalysisOptions(Encode: EncodeFaces.WhenSingle), token);
            var face = analysed.Match(
                analysis => (analysis.Faces is [var only] ? only.Opinions!.Dlib : null,
                    analysis.Faces.Count == 0 ? "no_face" : "several_faces"),
                errors => (null, errors[0].Code));
            results.Add((photo.Person, photo.File, face.Item1, face.Item1 is null ? face.Item2 : null));
            done.Report(results.Count);
        });

        var study = new AccuracyStudy();
        foreach (var (person, _, vector, refusal) in results.OrderBy(result => result.File, StringComparer.Ordinal))
        {
            study.Add(person, vector, refusal);
        }

        return study;
    }

    public void Add(string person, FaceVector? vector, string? refusal)
    {
        if (vector is not null)
        {
            _samples.Add(new Sample(person, vector));
        }
        else
        {
            _refused[refusal!] = _refused.GetValueOrDefault(refusal!) + 1;
        }
    }

    /// <summary>Counts, at each threshold, the decisions over all pairs of photos.</summary>
    public IReadOnlyList<Row> Decide(IReadOnlyList<double> thresholds)
    {
        var genuineAccepted = new long[thresholds.Count];
        var impostorAccepted = new long[thresholds.Count];
        var (genuine, impostor) = (0L, 0L);
        for (var i = 0; i < _samples.Count; i++)
        {
            for (var j = i + 1; j < _samples.Count; j++)
            {
                var same = _samples[i].Person == _samples[j].Person;
                _ = same ? genuine++ : impostor++;
                var accepted = same ? genuineAccepted : impostorAccepted;
                var distance = _samples[i].Vector.DistanceTo(_samples[j].Vector);
                for (var t = 0; t < thresholds.Count; t++)
                {
                    if (Decision.IsSamePerson(distance, thresholds[t]))
                    {
                        accepted[t]++;
                    }
                }
            }
        }

        return [.. thresholds.Select((threshold, t) => new Row(threshold, genuine, genuineAccepted[t], impostor, impostorAccepted[t]))];
    }

    /// <param name="Genuine">Pairs of photos of one person.</param>
    /// <param name="Impostor">Pairs of photos of two people.</param>
    public sealed record Row(double Threshold, long Genuine, long GenuineAccepted, long Impostor, long ImpostorAccepted)
    {
        /// <summary>Share of pairs of two people that were taken for one (FMR).</summary>
        public double FalseMatchRate => (double)ImpostorAccepted / Impostor;

        /// <summary>Share of pairs of one person that were taken for two (FNMR).</summary>
        public double FalseNonMatchRate => (double)(Genuine - GenuineAccepted) / Genuine;
    }
}
