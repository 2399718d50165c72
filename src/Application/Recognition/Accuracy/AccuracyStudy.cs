namespace FaceId.Application.Recognition.Accuracy;

/// <summary>Measures how often a model takes strangers for the same person, and the same person for strangers, on photos of known people.</summary>
public static class AccuracyStudy
{
    /// <summary>False match rates at whose thresholds false non-matches are told.</summary>
    private static readonly double[] Levels = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

    /// <summary>Those at which photos are told apart by quality or group.</summary>
    private static readonly double[] ComparedLevels = [1e-4, 1e-3, 1e-2];

    private static readonly double[] DiscardedShares = [0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

    private const int Bars = 120;

    public static AccuracyReport Measure(PairDistances pairs, AccuracySetting setting, CancellationToken cancellationToken)
    {
        var samples = pairs.Samples;
        var compared = Array.ConvertAll(ComparedLevels, level => pairs.ThresholdAt(level, Weighting.People));
        return new AccuracyReport(
            AccuracyReport.CurrentFormat,
            samples.Model,
            setting.Date,
            samples.People,
            samples.PeopleWithPairs,
            samples.Samples.Count,
            pairs.GenuinePairs,
            pairs.ImpostorPairs,
            setting.SeveralFaces,
            setting.Refused,
            [.. Enum.GetValues<Weighting>().Select(weighting => MakeCurve(pairs, weighting, cancellationToken))],
            [.. setting.Thresholds.Select(threshold => MakeRow(pairs, threshold))],
            MakeHistogram(pairs),
            QualityBands(samples, compared, cancellationToken),
            Discards(pairs, compared),
            Groups(samples, setting.Table, compared, cancellationToken),
            Protocol: null,
            Calibration: null);
    }

    private static AccuracyReport.Curve MakeCurve(PairDistances pairs, Weighting weighting, CancellationToken cancellationToken)
    {
        var levels = Array.FindAll(Levels, level => level * pairs.ImpostorPairs >= 1);
        var thresholds = Array.ConvertAll(levels, level => pairs.ThresholdAt(level, weighting));
        var step = CalibrationFit.Step(pairs.Largest);
        var marks = Enumerable.Range(0, (int)Math.Ceiling(pairs.Largest / step) + 1).Select(i => i * step).Concat(thresholds).Order().Distinct().ToArray();
        var resamples = PeopleBootstrap.Run(pairs, weighting, marks, levels, tailStart: null, cancellationToken);
        return new AccuracyReport.Curve(
            weighting,
            pairs.EqualErrorRate(weighting).Rate,
            Interval.Of(resamples.Select(resample => resample.EqualErrorRate)),
            [.. levels.Select((level, i) => MakeLevel(i)).Reverse()],
            MakeDet(pairs, weighting));

        AccuracyReport.Level MakeLevel(int i)
        {
            var mark = Array.BinarySearch(marks, thresholds[i]);
            var falseMatch = resamples.Select(resample => resample.FalseMatch[mark]).ToArray();
            var independent = IndependentErrors.Of(pairs.FalseMatchRate(thresholds[i], weighting), falseMatch);
            return new AccuracyReport.Level(
                levels[i],
                thresholds[i],
                pairs.FalseMatches(thresholds[i]),
                double.IsFinite(independent) ? Math.Round(independent, 1) : 0,
                independent >= IndependentErrors.Enough,
                Interval.Of(falseMatch),
                pairs.FalseNonMatchRate(thresholds[i], weighting),
                Interval.Of(resamples.Select(resample => resample.FalseNonMatchAtLevel[i])));
        }
    }

    private static List<AccuracyReport.DetPoint> MakeDet(PairDistances pairs, Weighting weighting)
    {
        // From each rate to the next the same part of a decade.
        var points = new List<AccuracyReport.DetPoint>();
        for (var exponent = -7.0; exponent <= 0; exponent += 0.05)
        {
            var threshold = pairs.ThresholdAt(Math.Pow(10, exponent), weighting);
            var rate = pairs.FalseMatchRate(threshold, weighting);
            if (rate > 0 && (points.Count == 0 || threshold > points[^1].Threshold))
            {
                points.Add(new AccuracyReport.DetPoint(threshold, rate, pairs.FalseNonMatchRate(threshold, weighting)));
            }
        }

        return points;
    }

    private static AccuracyReport.Row MakeRow(PairDistances pairs, double threshold)
    {
        var (matches, nonMatches) = (pairs.FalseMatches(threshold), pairs.FalseNonMatches(threshold));
        return new AccuracyReport.Row(
            threshold,
            pairs.GenuinePairs - nonMatches,
            nonMatches,
            pairs.FalseNonMatchRate(threshold, Weighting.Pairs),
            matches,
            pairs.ImpostorPairs - matches,
            pairs.FalseMatchRate(threshold, Weighting.Pairs));
    }

    private static List<AccuracyReport.Bar> MakeHistogram(PairDistances pairs)
    {
        var last = Math.Max((Array.FindLastIndex(pairs.Impostors.Counts, count => count > 0) + 1) / pairs.BinsPerUnit, pairs.Genuine.Distances[^1]);
        var width = last / Bars;
        return
        [
            .. Enumerable.Range(0, Bars).Select(i => new AccuracyReport.Bar(
                (i + 0.5) * width,
                pairs.FalseNonMatchRate(i * width, Weighting.People) - pairs.FalseNonMatchRate((i + 1) * width * (i + 1 == Bars ? 1.001 : 1), Weighting.People),
                pairs.FalseMatchRate((i + 1) * width, Weighting.People) - pairs.FalseMatchRate(i * width, Weighting.People))),
        ];
    }

    private static List<AccuracyReport.Category>? QualityBands(SampleSet samples, double[] thresholds, CancellationToken cancellationToken)
    {
        // The worst band first, so that a pair belongs to the smaller number.
        var names = samples.Samples.Where(sample => sample.QualityBand is not null)
            .GroupBy(sample => sample.QualityBand!)
            .OrderBy(band => band.Average(sample => sample.Quality ?? 0)).ThenBy(band => band.Key, StringComparer.Ordinal)
            .Select(band => band.Key).ToList();
        if (names.Count == 0)
        {
            return null;
        }

        var categories = samples.Samples.Select(sample => sample.QualityBand is { } band ? names.IndexOf(band) : -1).ToArray();
        return Categories(names, CategoryTally.Count(samples, categories, names.Count, CategoryTally.Worse, thresholds, cancellationToken), thresholds);
    }

    private static List<AccuracyReport.Grouping> Groups(SampleSet samples, PeopleTable? table, double[] thresholds, CancellationToken cancellationToken)
    {
        var groupings = new List<AccuracyReport.Grouping>();
        for (var column = 0; column < (table?.Columns.Count ?? 0); column++)
        {
            var groups = samples.Samples.Select(sample => table!.GroupOf(sample.Person, column)).ToArray();
            var names = groups.OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
            var categories = Array.ConvertAll(groups, group => group is null ? -1 : names.IndexOf(group));
            var unnamed = samples.PersonOf.Where((_, i) => categories[i] < 0).Distinct().Count();
            var tallies = CategoryTally.Count(samples, categories, names.Count, CategoryTally.Both, thresholds, cancellationToken);
            groupings.Add(new AccuracyReport.Grouping(table!.Columns[column], unnamed, Categories(names, tallies, thresholds)));
        }

        return groupings;
    }

    private static List<AccuracyReport.Category> Categories(List<string> names, IReadOnlyList<CategoryTally.Tally> tallies, double[] thresholds) =>
    [
        .. names.Select((name, i) => new AccuracyReport.Category(
            name,
            tallies[i].People.Count,
            tallies[i].Photos,
            tallies[i].Genuine.Pairs,
            tallies[i].Impostor.Pairs,
            [
                .. ComparedLevels.Select((level, t) => new AccuracyReport.CategoryRates(
                    level,
                    thresholds[t],
                    tallies[i].Impostor.Pairs == 0 ? null : tallies[i].Impostor.WeightBelow[t] / tallies[i].Impostor.Weight,
                    tallies[i].Impostor.Below[t],
                    tallies[i].Genuine.Pairs == 0 ? null : Math.Max(0, 1 - tallies[i].Genuine.WeightBelow[t] / tallies[i].Genuine.Weight),
                    tallies[i].Genuine.Pairs - tallies[i].Genuine.Below[t])),
            ])),
    ];

    private static List<AccuracyReport.Discard>? Discards(PairDistances pairs, double[] thresholds)
    {
        var samples = pairs.Samples;
        if (samples.Samples.Any(sample => sample.Quality is null))
        {
            return null;
        }

        var rank = new int[samples.Samples.Count];
        foreach (var (position, index) in Enumerable.Range(0, rank.Length).OrderBy(i => samples.Samples[i].Quality).Index())
        {
            rank[index] = position;
        }

        return [.. DiscardedShares.Select(Discard)];

        AccuracyReport.Discard Discard(double share)
        {
            var gone = (int)Math.Round(share * rank.Length);
            var left = new int[samples.People];
            for (var i = 0; i < rank.Length; i++)
            {
                left[samples.PersonOf[i]] += rank[i] < gone ? 0 : 1;
            }

            var peopleLeft = left.Count(photos => photos > 1);
            var errors = new long[thresholds.Length];
            var weights = new double[thresholds.Length];
            var total = 0L;
            for (var i = 0; i < pairs.Genuine.Count; i++)
            {
                var (first, second) = (pairs.Genuine.First(i), pairs.Genuine.Second(i));
                if (rank[first] < gone || rank[second] < gone)
                {
                    continue;
                }

                total++;
                var photos = left[samples.PersonOf[first]];
                for (var t = 0; t < thresholds.Length; t++)
                {
                    if (pairs.Genuine.Distances[i] >= thresholds[t])
                    {
                        errors[t]++;
                        weights[t] += 2.0 / photos / (photos - 1);
                    }
                }
            }

            return new AccuracyReport.Discard(
                share,
                rank.Length - gone,
                total,
                [.. ComparedLevels.Select((level, t) => new AccuracyReport.DiscardRate(
                    level, total == 0 ? null : (double)errors[t] / total, peopleLeft == 0 ? null : weights[t] / peopleLeft))]);
        }
    }
}
