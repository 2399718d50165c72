using System.CommandLine;
using System.Globalization;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Accuracy;
using FaceId.Domain.Faces;
using FaceId.Infrastructure;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Commands;

/// <summary><c>faceid accuracy</c>: error rates over a folder of people, as tables, a page and a calibration.</summary>
internal static class AccuracyCommand
{
    /// <summary>A calibration whose confidence is further from the truth than this on average is not to be trusted.</summary>
    private const double LargestCalibrationError = 0.02;

    private static readonly string[] Photos = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <summary>What is done with photos of several faces.</summary>
    private static class Several
    {
        public const string Refuse = "refuse";
        public const string NearestCentre = "nearest-centre";
    }

    private sealed record Request(
        DirectoryInfo People,
        FileInfo? Pairs,
        PeoplePart Part,
        string? Several,
        DirectoryInfo? Out,
        FileInfo? Calibrate,
        string? Name,
        string? Source,
        int TableVersion,
        string Model,
        FileInfo? Cache,
        IReadOnlyList<double> Thresholds)
    {
        public bool NearestCentre => Several == AccuracyCommand.Several.NearestCentre;

        /// <summary>LFW's protocol takes the face nearest to the centre, unless told otherwise.</summary>
        public bool NearestCentreInPairs => Several != AccuracyCommand.Several.Refuse;
    }

    public static Command Create()
    {
        var people = new Option<DirectoryInfo>("--people")
        {
            Required = true,
            Description = $"A folder with a folder of photos for each person, and where groups are to be compared a {PeopleTable.FileName} with the columns person, age, sex, country or others.",
        };
        people.AcceptExistingOnly();
        var pairs = new Option<FileInfo?>("--pairs") { Description = "Pairs of photos as LFW lists them: measures its protocol of ten folds as well." };
        var part = new Option<string>("--part")
        {
            Description = "Only this part of the people, such as 1/2 or 2/2. Who is in which is decided by a hash of the name, so parts share nobody.",
            DefaultValueFactory = _ => "1/1",
        };
        var several = new Option<string?>("--several")
        {
            Description = "What becomes of photos with several faces: they are refused, as at enrolment (default), or the face nearest to the centre is taken (default for --pairs).",
        };
        several.AcceptOnlyFromAmong(Several.Refuse, Several.NearestCentre);
        var output = new Option<DirectoryInfo?>("--out") { Description = "A folder for accuracy.json, accuracy.html and det.svg." };
        var calibrate = new Option<FileInfo?>("--calibrate") { Description = "Fits the table from distance to error rates and confidence, checks it, and writes it to this file, for the setting FaceId:Calibration." };
        var name = new Option<string?>("--name") { Description = "Name of the calibration; by default that of the folder of people." };
        var source = new Option<string?>("--source") { Description = "What the calibration says of its photos; by default the name of the folder." };
        var version = new Option<int>("--table-version") { Description = "Version of the calibration, from 1.", DefaultValueFactory = _ => 1 };
        var model = new Option<string>("--model") { Description = "The model whose vectors are compared.", DefaultValueFactory = _ => FaceModels.Dlib };
        var cache = new Option<FileInfo?>("--cache")
        {
            Description = "Keeps the vectors in this file for the next time. They are biometric data of these people: the file is its owner's alone; delete it when it is no longer needed.",
        };
        var from = new Option<double>("--from") { Description = "Smallest threshold of the table of decisions.", DefaultValueFactory = _ => 0.3 };
        var to = new Option<double>("--to") { Description = "Largest threshold of that table.", DefaultValueFactory = _ => 0.7 };
        var step = new Option<double>("--step") { Description = "Distance between its thresholds.", DefaultValueFactory = _ => 0.05 };
        var command = new ExampledCommand(
            "accuracy",
            "Measure false match and false non-match rates on photos of people you know.",
            "faceid accuracy --people staff --out report",
            "faceid accuracy --people staff --calibrate staff.json",
            "faceid accuracy --people lfw --pairs pairs.txt")
        {
            people, pairs, part, several, output, calibrate, name, source, version, model, cache, from, to, step,
        };
        part.Validators.Add(result =>
        {
            if (PeoplePart.Parse(result.GetValueOrDefault<string>()) is null)
            {
                result.AddError("--part is written K/N with 1 <= K <= N, such as 1/2.");
            }
        });
        pairs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } absent)
            {
                result.AddError($"File does not exist: '{absent}'.");
            }
        });
        step.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not >= 0.001)
            {
                result.AddError("--step is at least 0.001.");
            }
        });
        version.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--table-version is 1 or more.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(part) is { } text && PeoplePart.Parse(text) is { Of: > 1 } && (result.GetValue(calibrate) ?? result.GetValue(pairs)) is not null)
            {
                result.AddError("--calibrate and --pairs take all people; leave --part out. A calibration is checked by halves of the people by itself.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var steps = (int)Math.Round(Math.Clamp((parsed.GetValue(to) - parsed.GetValue(from)) / parsed.GetValue(step), 0, 2000));
            var request = new Request(
                parsed.GetValue(people)!,
                parsed.GetValue(pairs),
                PeoplePart.Parse(parsed.GetValue(part))!.Value,
                parsed.GetValue(several),
                parsed.GetValue(output),
                parsed.GetValue(calibrate),
                parsed.GetValue(name),
                parsed.GetValue(source),
                parsed.GetValue(version),
                parsed.GetValue(model)!,
                parsed.GetValue(cache),
                [.. Enumerable.Range(0, steps + 1).Select(i => Math.Round(parsed.GetValue(from) + i * parsed.GetValue(step), 6))]);
            return RunAsync(request, TimeProvider.System, cancellationToken);
        });
        return command;
    }

    private static async Task RunAsync(Request request, TimeProvider time, CancellationToken cancellationToken)
    {
        var photos = Find(request.People, request.Part);
        if (photos.Count == 0)
        {
            throw new StartupException($"{request.People} holds no folders with photos ({string.Join(' ', Photos)}).");
        }

        var sets = request.Pairs is { } file ? Unwrap(LfwPairs.Parse(await File.ReadAllLinesAsync(file.FullName, cancellationToken)), file.FullName) : null;
        var table = await ReadTableAsync(request.People, cancellationToken);
        var sampled = await SampleAsync(request, photos, sets is not null, cancellationToken);
        var samples = sampled
            .Where(photo => photo.Sample is not null && (photo.Refusal is null || request.NearestCentre))
            .Select(photo => photo.Sample!)
            .ToList();
        var set = samples.Count == 0 ? null : new SampleSet(samples);
        if (set is not { People: >= 2, PeopleWithPairs: >= 1 })
        {
            throw new StartupException($"Of {photos.Count} photos {samples.Count} show one face each. Rates need photos of two people, and two photos of one of them.");
        }

        var progress = new Percentage("pairs compared");
        var pairs = PairDistances.Measure(set, progress, cancellationToken);
        Percentage.End();
        var date = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var refused = sampled.Where(photo => photo.Refusal is not null && !(request.NearestCentre && photo.Sample is not null))
            .GroupBy(photo => photo.Refusal!)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count());
        var report = AccuracyStudy.Measure(pairs, new AccuracySetting(date, request.NearestCentre, refused, request.Thresholds, table), cancellationToken);
        if (sets is not null)
        {
            report = report with { Protocol = LfwProtocol.Run(sets, Distances(request, sampled, sets)) };
        }

        if (request.Calibrate is not null)
        {
            report = report with { Calibration = Calibrate(request, pairs, date, cancellationToken) };
        }

        AccuracyTables.Print(report);
        if (request.Out is not null)
        {
            await AccuracyPage.WriteAsync(report, request.Out, cancellationToken);
        }
    }

    private static List<KnownPhoto> Find(DirectoryInfo people, PeoplePart part) =>
    [
        .. from person in people.EnumerateDirectories()
        where part.Holds(person.Name)
        from photo in person.EnumerateFiles()
        where Photos.Contains(photo.Extension, StringComparer.OrdinalIgnoreCase)
        orderby photo.FullName
        select new KnownPhoto(person.Name, photo.FullName),
    ];

    private static async Task<PeopleTable?> ReadTableAsync(DirectoryInfo people, CancellationToken cancellationToken)
    {
        var path = Path.Combine(people.FullName, PeopleTable.FileName);
        return File.Exists(path) ? Unwrap(PeopleTable.Parse(await File.ReadAllLinesAsync(path, cancellationToken)), path) : null;
    }

    private static async Task<IReadOnlyList<SampledPhoto>> SampleAsync(Request request, IReadOnlyList<KnownPhoto> photos, bool forPairs, CancellationToken cancellationToken)
    {
        SampleCache? cache = null;
        try
        {
            cache = request.Cache is { } file ? SampleCache.Open(file.FullName) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new StartupException($"--cache: {exception.Message}");
        }

        var configuration = CommandConfiguration.Load();
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddEngine(configuration, FaceIdSettings.Load(configuration))
            .BuildServiceProvider();
        var reader = new SampleReader(services.GetRequiredService<IFaceEngine>(), request.Model, request.NearestCentre || (forPairs && request.NearestCentreInPairs));
        try
        {
            return Unwrap(await reader.ReadAsync(photos, cache, new Counter(photos.Count), cancellationToken), "--model");
        }
        finally
        {
            cache?.Save();
        }
    }

    /// <summary>The distance of a pair of the pairs file; null where a photo gave no face.</summary>
    private static Func<LfwPair, double?> Distances(Request request, IReadOnlyList<SampledPhoto> sampled, IReadOnlyList<IReadOnlyList<LfwPair>> sets)
    {
        var people = sampled.GroupBy(photo => photo.Photo.Person).ToDictionary(group => group.Key, group => group.ToList());
        var missing = sets.SelectMany(set => set)
            .SelectMany(pair => new[] { (Person: pair.FirstPerson, Number: pair.First), (Person: pair.SecondPerson, Number: pair.Second) })
            .Where(photo => Photo(photo.Person, photo.Number) is null)
            .Distinct()
            .ToList();
        if (missing.Count > 0)
        {
            throw new StartupException($"--pairs names {missing.Count} photos that {request.People} lacks, the first is number {missing[0].Number} of {missing[0].Person}. Give the folder that the list is for.");
        }

        return pair => Vector(pair.FirstPerson, pair.First) is { } first && Vector(pair.SecondPerson, pair.Second) is { } second ? first.DistanceTo(second) : null;

        // LFW's files are called name_0001.jpg; elsewhere photos are counted in order of their names.
        SampledPhoto? Photo(string person, int number)
        {
            if (!people.TryGetValue(person, out var photos))
            {
                return null;
            }

            return photos.Exists(photo => Stem(photo).StartsWith($"{person}_0", StringComparison.Ordinal))
                ? photos.Find(photo => Stem(photo) == string.Create(CultureInfo.InvariantCulture, $"{person}_{number:0000}"))
                : photos.ElementAtOrDefault(number - 1);
        }

        FaceVector? Vector(string person, int number)
        {
            var photo = Photo(person, number)!;
            return photo.Refusal is null || request.NearestCentreInPairs ? photo.Sample?.Vector : null;
        }

        static string Stem(SampledPhoto photo) => Path.GetFileNameWithoutExtension(photo.Photo.File);
    }

    private static AccuracyReport.CalibrationMade Calibrate(Request request, PairDistances pairs, DateOnly date, CancellationToken cancellationToken)
    {
        var path = request.Calibrate!.FullName;
        var name = new CalibrationName(request.Name ?? request.People.Name, request.TableVersion, date, request.Source ?? $"Photos in {request.People.Name}");
        var calibration = Unwrap(CalibrationFit.Fit(pairs, name, cancellationToken), "--calibrate");
        var checks = CalibrationFit.Check(pairs, name, cancellationToken);
        try
        {
            File.WriteAllBytes(path, CalibrationFile.Write(calibration, checks));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--calibrate: {path} cannot be written: {exception.Message}");
        }

        if (checks.Count == 0)
        {
            Console.Error.WriteLine("The calibration was not checked: half of these people are too few for one.");
        }
        else if (checks.Any(check => check.CalibrationError > LargestCalibrationError || check.Levels.Any(level => level.FalseMatchInside == false)))
        {
            Console.Error.WriteLine("The calibration did not hold on people who had no part in it; see the table of checks before you use it.");
        }

        return new AccuracyReport.CalibrationMade(calibration.Origin, checks, calibration.Points);
    }

    private static T Unwrap<T>(ErrorOr<T> result, string subject) =>
        result.IsError ? throw new StartupException($"{subject}: {result.FirstError.Description}") : result.Value;

    /// <summary>Counts on standard error, so that the tables alone are the output.</summary>
    private sealed class Counter(int all) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value % 100 == 0 || value == all)
            {
                Console.Error.Write(FormattableString.Invariant($"\r{value} of {all} photos{(value == all ? "\n" : "")}"));
            }
        }
    }

    private sealed class Percentage(string what) : IProgress<double>
    {
        private readonly Lock _lock = new();
        private int _shown = -1;

        public void Report(double value)
        {
            lock (_lock)
            {
                if ((int)(value * 100) / 5 is var step && step > _shown)
                {
                    _shown = step;
                    Console.Error.Write(FormattableString.Invariant($"\r{step * 5} % of {what}"));
                }
            }
        }

        public static void End() => Console.Error.WriteLine();
    }
}
