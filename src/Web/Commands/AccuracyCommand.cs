using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Infrastructure;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Commands;

/// <summary><c>faceid accuracy</c>: error rates over a folder of people, as a table in Markdown.</summary>
internal static class AccuracyCommand
{
    private static readonly string[] Photos = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    public static Command Create()
    {
        var people = new Option<DirectoryInfo>("--people") { Required = true, Description = "A folder with a folder of photos for each person." };
        people.AcceptExistingOnly();
        var part = new Option<string>("--part")
        {
            Description = "Only this part of the people, such as 1/2 or 2/2. Who is in which is decided by a hash of the name, so parts share nobody.",
            DefaultValueFactory = _ => "1/1",
        };
        var from = new Option<double>("--from") { Description = "Smallest threshold of the table.", DefaultValueFactory = _ => 0.3 };
        var to = new Option<double>("--to") { Description = "Largest threshold of the table.", DefaultValueFactory = _ => 0.7 };
        var step = new Option<double>("--step") { Description = "Distance between thresholds.", DefaultValueFactory = _ => 0.05 };
        var command = new Command("accuracy", "Measure false match and false non-match rates on photos of people you know.") { people, part, from, to, step };
        part.Validators.Add(result =>
        {
            if (ParsePart(result.GetValueOrDefault<string>()) is null)
            {
                result.AddError("--part is written K/N with 1 <= K <= N, such as 1/2.");
            }
        });
        step.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not >= 0.001)
            {
                result.AddError("--step is at least 0.001.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var photos = Find(parsed.GetValue(people)!, ParsePart(parsed.GetValue(part))!.Value);
            if (photos.Count == 0)
            {
                throw new StartupException($"{parsed.GetValue(people)} holds no folders with photos ({string.Join(' ', Photos)}).");
            }

            var steps = (int)Math.Round(Math.Clamp((parsed.GetValue(to) - parsed.GetValue(from)) / parsed.GetValue(step), 0, 2000));
            var thresholds = Enumerable.Range(0, steps + 1).Select(i => Math.Round(parsed.GetValue(from) + i * parsed.GetValue(step), 6)).ToList();
            await MeasureAsync(photos, thresholds, cancellationToken);
        });
        return command;
    }

    private static async Task MeasureAsync(
        IReadOnlyList<(string Person, string File)> photos, IReadOnlyList<double> thresholds, CancellationToken cancellationToken)
    {
        var configuration = CommandConfiguration.Load();
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddEngine(configuration, FaceIdSettings.Load(configuration))
            .BuildServiceProvider();
        var study = await AccuracyStudy.RunAsync(
            services.GetRequiredService<IFaceEngine>(), photos, new Counter(photos.Count), cancellationToken);
        Print(study, thresholds);
    }

    private static List<(string Person, string File)> Find(DirectoryInfo people, (int Number, int Of) part) =>
    [
        .. from person in people.EnumerateDirectories()
        where PartOf(person.Name, part.Of) == part.Number
        from photo in person.EnumerateFiles()
        where Photos.Contains(photo.Extension, StringComparer.OrdinalIgnoreCase)
        orderby photo.FullName
        select (person.Name, photo.FullName),
    ];

    private static int PartOf(string name, int parts) => 1 + SHA256.HashData(Encoding.UTF8.GetBytes(name))[0] % parts;

    private static (int Number, int Of)? ParsePart(string? text) =>
        text?.Split('/') is [var k, var n]
        && int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var of)
        && number >= 1 && number <= of && of <= 256
            ? (number, of)
            : null;

    private static void Print(AccuracyStudy study, IReadOnlyList<double> thresholds)
    {
        var rows = study.Decide(thresholds);
        var refused = study.Refused.Count == 0
            ? "none"
            : string.Join(", ", study.Refused.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"));
        Write($"{study.Photos} photos of {study.People} people; refused: {refused}. {rows[0].Genuine} genuine and {rows[0].Impostor} impostor pairs.");
        Write($"");
        Write($"| distance below | same person accepted | refused | FNMR | two people accepted | refused | FMR |");
        Write($"|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            Write($"| {row.Threshold:0.00##} | {row.GenuineAccepted} | {row.Genuine - row.GenuineAccepted} | {row.FalseNonMatchRate:0.00%} | {row.ImpostorAccepted} | {row.Impostor - row.ImpostorAccepted} | {row.FalseMatchRate:0.0000%} |");
        }
    }

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    /// <summary>Counts on standard error, so that the table alone is the output.</summary>
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
}
