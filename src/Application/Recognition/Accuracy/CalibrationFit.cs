using ErrorOr;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// Makes the table of <see cref="Calibration"/> from the distances of known people. All its figures let every person, and every pair of
/// people, count the same: a few people with hundreds of photos would otherwise make figures that hold for them only.
/// </summary>
public static class CalibrationFit
{
    /// <summary>With fewer people of two photos nothing can be said of false non-matches.</summary>
    public const int LeastPeopleWithPairs = 30;

    /// <summary>With fewer people nothing can be said of false matches that are rare.</summary>
    public const int LeastPeople = 100;

    private const int MostPoints = 500;
    private static readonly double[] RoundSteps = [1, 2, 5, 10];

    /// <summary>Smaller false match rates are not told, not even by extrapolation.</summary>
    private const double LeastRate = 1e-10;

    /// <summary>The tail is fitted to this share of strangers, or to as many as make the second figure.</summary>
    private const double TailShare = 1e-3;
    private const double TailPairs = 1000;

    /// <summary>Where fewer people (or pairs of two people) are left beyond a distance, the confidence is theirs together.</summary>
    private const int PeopleAtTheEnds = 3;

    private const double LeastConfidence = 1e-6;

    /// <summary>
    /// No range is narrower than a tenth to either side, in logarithms: halves of one collection differ by more than resampling its people
    /// says, where strangers are so many that it says very little.
    /// </summary>
    private const double LeastSpread = 0.1;

    /// <summary>
    /// Two sets of people of this size differ by the square root of two more than each from the truth; the table tells where the rate of
    /// the next set lies, as that is what somebody sees who tries it.
    /// </summary>
    private static readonly double NextSet = Math.Sqrt(2);

    public static ErrorOr<Calibration> Fit(PairDistances pairs, CalibrationName name, CancellationToken cancellationToken)
    {
        var samples = pairs.Samples;
        if (samples.People < LeastPeople || samples.PeopleWithPairs < LeastPeopleWithPairs)
        {
            return CalibrationErrors.TooFewPeople(
                $"A calibration needs {LeastPeople} people, {LeastPeopleWithPairs} of them with two photos or more; these are {samples.People} and {samples.PeopleWithPairs}. Add people.");
        }

        var step = Step(pairs.Largest);
        var last = Math.Max((Array.FindLastIndex(pairs.Impostors.Counts, count => count > 0) + 1) / pairs.BinsPerUnit, pairs.Genuine.Distances[^1]);
        var marks = Enumerable.Range(1, (int)Math.Ceiling(last / step) + 1).Select(i => Math.Round(i * step, 6)).ToArray();
        var peoplePairs = samples.People * (samples.People - 1.0) / 2;
        var start = pairs.ThresholdAt(Math.Clamp(TailPairs / peoplePairs, TailShare, 0.05), Weighting.People);
        if (FitTail(pairs, start) is not { } tail)
        {
            return CalibrationErrors.TooFewPeople("The nearest pairs of strangers are all at one distance; there is no tail to fit. Are the photos of one camera burst, or copies?");
        }

        var resamples = PeopleBootstrap.Run(pairs, Weighting.People, marks, [], start, cancellationToken);
        var tails = resamples.Select(resample => resample.Tail).ToArray();
        var confidence = Confidence(pairs, marks, step);
        var seen = Seen.In(pairs, IndependentErrors.Enough);
        var points = new List<CalibrationPoint>();
        var lastLogit = (Low: 0.0, High: 0.0);
        for (var i = 0; i < marks.Length; i++)
        {
            var match = FalseMatch(pairs, marks[i], tail, [.. resamples.Select(resample => resample.FalseMatch[i])], tails, seen, ref lastLogit);
            if (match.Value < LeastRate)
            {
                continue;
            }

            var nonMatch = FalseNonMatch(pairs, marks[i], [.. resamples.Select(resample => resample.FalseNonMatch[i])], seen);
            points.Add(new CalibrationPoint(marks[i], match, nonMatch, confidence[i]));
        }

        return Calibration.Create(
            new CalibrationOrigin(
                samples.Model, name.Name, name.Version, name.Date, name.Source, samples.People, samples.Samples.Count, pairs.GenuinePairs, pairs.ImpostorPairs),
            points);
    }

    /// <summary>Fits a table to each half of the people and holds it against the other half. Empty where half of them are too few.</summary>
    public static IReadOnlyList<CalibrationCheck> Check(PairDistances pairs, CalibrationName name, CancellationToken cancellationToken)
    {
        var halves = new[] { PeoplePart.First, PeoplePart.Second }
            .Select(part => pairs.Samples.Samples.Where(sample => part.Holds(sample.Person)).ToList())
            .ToArray();
        if (Array.Exists(halves, half => half.Count == 0))
        {
            return [];
        }

        var sets = Array.ConvertAll(halves, half => new SampleSet(half));
        if (Array.Exists(sets, set => set.People < LeastPeople || set.PeopleWithPairs < LeastPeopleWithPairs))
        {
            return [];
        }

        var measured = Array.ConvertAll(sets, set => PairDistances.Measure(set, progress: null, cancellationToken));
        return
        [
            .. from half in Enumerable.Range(0, 2)
               let fitted = Fit(measured[half], name, cancellationToken)
               where !fitted.IsError
               select CalibrationCheck.Of(fitted.Value, measured[1 - half]),
        ];
    }

    /// <summary>A round distance between points of the table.</summary>
    internal static double Step(double largest)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(largest / MostPoints)));
        return RoundSteps.Select(factor => factor * step).First(candidate => largest / candidate <= MostPoints);
    }

    private static ParetoTail? FitTail(PairDistances pairs, double start)
    {
        var count = pairs.Nearest.Below(start);
        var weights = new double[count];
        for (var i = 0; i < count; i++)
        {
            weights[i] = pairs.Samples.PairWeight(pairs.Nearest.First(i), pairs.Nearest.Second(i));
        }

        return ParetoTail.Fit(start, pairs.FalseMatchRate(start, Weighting.People), pairs.Nearest.Distances.AsSpan(0, count), weights);
    }

    private static CalibratedRate FalseMatch(
        PairDistances pairs, double distance, ParetoTail tail, double[] resampled, ParetoTail?[] tails, Seen seen, ref (double Low, double High) lastLogit)
    {
        var measured = pairs.FalseMatchRate(distance, Weighting.People);
        var extrapolated = distance < seen.Strangers;
        if (distance < tail.Start)
        {
            var value = tail.RateAt(distance);
            var range = Interval.Of(tails.Select(other => other is null ? double.NaN : Math.Log(Math.Max(other.RateAt(distance), LeastRate / 100))));
            return Widened(value, range, LeastRate / 100, extrapolated);
        }

        if (Interval.Of(resampled.Select(rate => Math.Log(Math.Clamp(rate, LeastRate, 1)))) is { } interval)
        {
            var rate = Widened(measured, interval, LeastRate, extrapolated);
            lastLogit = (Logit(rate.Low) - Logit(rate.Value), Logit(rate.High) - Logit(rate.Value));
            return rate;
        }

        // So many strangers that nobody sets a threshold here; the range of the last distance that was resampled is kept.
        var logit = Logit(measured);
        return new CalibratedRate(measured, Math.Min(measured, FromLogit(logit + lastLogit.Low)), Math.Max(measured, FromLogit(logit + lastLogit.High)), false);
    }

    private static CalibratedRate Widened(double value, Interval? logarithms, double floor, bool extrapolated)
    {
        var (low, high) = logarithms is { } range ? (range.Low, range.High) : (Math.Log(floor), 0);
        var center = Math.Log(Math.Max(value, floor));
        return new CalibratedRate(
            value,
            Math.Clamp(Math.Exp(center + Math.Min(NextSet * (low - center), -LeastSpread)), Math.Min(floor, value), value),
            Math.Clamp(Math.Exp(center + Math.Max(NextSet * (high - center), LeastSpread)), value, 1),
            extrapolated);
    }

    private static CalibratedRate FalseNonMatch(PairDistances pairs, double distance, double[] resampled, Seen seen)
    {
        // Nobody refused among so many people does not mean that nobody ever will be.
        var people = pairs.Samples.PeopleWithPairs;
        var floor = 0.5 / people;
        var measured = pairs.FalseNonMatchRate(distance, Weighting.People);
        var value = Math.Max(measured, floor);
        var interval = Interval.Of(resampled) ?? new Interval(0, 1);
        var extrapolated = distance > seen.Refused;
        return new CalibratedRate(
            value,
            Math.Clamp(value + NextSet * (interval.Low - value), floor / 100, value),
            Math.Clamp(Math.Max(value + NextSet * (interval.High - value), extrapolated ? 3.0 / people : 0), value, 1),
            extrapolated);
    }

    /// <summary>Probability of the same person at each mark: the ratio of the two smoothed densities, made to fall.</summary>
    private static double[] Confidence(PairDistances pairs, double[] marks, double step)
    {
        // Bins around the marks.
        var genuine = new double[marks.Length];
        var impostor = new double[marks.Length];
        var samples = pairs.Samples;
        for (var i = 0; i < pairs.Genuine.Count; i++)
        {
            genuine[Bin(pairs.Genuine.Distances[i])] += samples.GenuineWeight(samples.PersonOf[pairs.Genuine.First(i)]);
        }

        for (var bin = 0; bin < pairs.Impostors.Weights.Length; bin++)
        {
            impostor[Bin((bin + 0.5) / pairs.BinsPerUnit)] += pairs.Impostors.Weights[bin];
        }

        var (peopleWithPairs, peoplePairs) = (genuine.Sum(), impostor.Sum());
        var (logGenuine, logImpostor) = (SmoothDensity.Logarithm(genuine), SmoothDensity.Logarithm(impostor));
        var ends = Seen.In(pairs, PeopleAtTheEnds);
        var first = Array.FindIndex(marks, mark => mark >= ends.Strangers);
        var last = Array.FindLastIndex(marks, mark => mark <= ends.Refused);
        (first, last) = first >= 0 && first < last ? (first, last) : (0, marks.Length - 1);
        var odds = new double[marks.Length];
        var weights = new double[marks.Length];
        for (var i = 0; i < odds.Length; i++)
        {
            var (g, p) = (logGenuine[i] - Math.Log(peopleWithPairs), logImpostor[i] - Math.Log(peoplePairs));
            odds[i] = g - p;
            weights[i] = Math.Exp(g) + Math.Exp(p) + 1e-300;
        }

        // Beyond the ends there are too few to tell one distance from the next. The curve goes on as it is smoothed, but not further than
        // to what all that lie there say together.
        var falling = Isotonic.Falling(odds, weights);
        var near = Math.Max(falling[first], LogOdds(..(first + 1)));
        var far = Math.Min(falling[last], LogOdds((last + 1)..));
        return [.. falling.Select(logit => Math.Clamp(FromLogit(Math.Clamp(logit, far, near)), LeastConfidence, 1 - LeastConfidence))];

        int Bin(double distance) => Math.Clamp((int)Math.Round(distance / step) - 1, 0, marks.Length - 1);

        double LogOdds(Range range) => Math.Log((Sum(genuine, range) / peopleWithPairs + 1e-12) / (Sum(impostor, range) / peoplePairs + 1e-12));
    }

    private static double Sum(double[] values, Range range) => values[range].Sum();

    private static double Logit(double probability)
    {
        var inside = Math.Clamp(probability, 1e-12, 1 - 1e-12);
        return Math.Log(inside / (1 - inside));
    }

    private static double FromLogit(double logit) => 1 / (1 + Math.Exp(-logit));

    /// <summary>How far the data go.</summary>
    /// <param name="Strangers">Below this distance there are fewer pairs of people than wanted.</param>
    /// <param name="Refused">Beyond this distance there are fewer people than wanted with a pair of photos.</param>
    private readonly record struct Seen(double Strangers, double Refused)
    {
        public static Seen In(PairDistances pairs, int wanted)
        {
            var person = pairs.Samples.PersonOf;
            var strangers = new HashSet<(int, int)>();
            var near = 0;
            while (near < pairs.Nearest.Count && strangers.Count < wanted)
            {
                strangers.Add((person[pairs.Nearest.First(near)], person[pairs.Nearest.Second(near)]));
                near++;
            }

            var people = new HashSet<int>();
            var far = pairs.Genuine.Count;
            while (far > 0 && people.Count < wanted)
            {
                people.Add(person[pairs.Genuine.First(--far)]);
            }

            return new Seen(pairs.Nearest.Distances[near - 1], pairs.Genuine.Distances[far]);
        }
    }
}
