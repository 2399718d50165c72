using System.CommandLine;
using System.Globalization;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users.Imports;
using MediatR;

namespace FaceId.Web.Commands;

/// <summary><c>faceid import</c>: people and their faces from elsewhere.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var source = new Argument<FileSystemInfo>("SOURCE") { Description = "A file of people: JSON Lines, CSV, or the JSON of a face_recognition program; or a folder with a folder of photos for each person, by their name." };
        var format = new Option<string?>("--format") { Description = "What the file is, where its name does not tell." };
        format.AcceptOnlyFromAmong([.. PeopleFiles.Formats]);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be taken and what refused." };
        var strict = new Option<bool>("--strict") { Description = "Stop at the first refused entry; nothing of its batch is taken." };
        var resume = new Option<bool>("--resume") { Description = "Go on where an import of the same, unchanged file broke off. Without it everything is looked at again, and nothing taken twice." };
        var attested = new Option<bool>("--consent-attested") { Description = "You vouch for the consent of everybody who comes with a face; it is written down as an attestation." };
        var recorded = new Option<bool>("--consent-recorded") { Description = "You have the consent of everybody who comes with a face on record; it is written down as that." };
        var report = new Option<FileInfo?>("--report") { Description = "Where to list what was refused and why; by default SOURCE.refused.jsonl in the current folder, made when there is something." };
        var command = new ExampledCommand(
            "import",
            "Take over people and their faces from another system. The same file or folder twice changes nothing.",
            "faceid import people.jsonl --dry-run",
            "faceid import people.csv --consent-attested",
            "faceid import encodings.json --report refused.jsonl",
            "faceid import staff --consent-attested")
        {
            source, format, dryRun, strict, resume, attested, recorded, report,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(attested) && result.GetValue(recorded))
            {
                result.AddError("Give either --consent-attested or --consent-recorded.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var from = parsed.GetValue(source)!;
            var options = new ImportOptions(
                parsed.GetValue(dryRun),
                parsed.GetValue(strict),
                parsed.GetValue(resume),
                parsed.GetValue(attested) ? ImportConsent.Attested : parsed.GetValue(recorded) ? ImportConsent.Recorded : ImportConsent.None);
            var refusals = parsed.GetValue(report)?.FullName ?? Path.GetFullPath($"{from.Name}.refused.jsonl");
            return Directory.Exists(from.FullName)
                ? FolderImport.RunAsync(new DirectoryInfo(from.FullName), options, refusals, cancellationToken)
                : ImportAsync(new FileInfo(from.FullName), parsed.GetValue(format), options, refusals, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ImportAsync(FileInfo source, string? format, ImportOptions options, string report, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(source.FullName, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous, BufferSize = 0 });
            var people = PeopleFiles.Open(file, format);
            var refused = 0L;
            await CommandServices.RunAsync(
                async services =>
                {
                    await using var observer = new ImportReport(report, services.GetRequiredService<TimeProvider>());
                    var result = await services.GetRequiredService<IMediator>().Send(new ImportPeople(people, options, observer), cancellationToken);
                    observer.Finish();
                    if (result.IsError)
                    {
                        throw RefusedException.For(result.Errors, account: null);
                    }

                    refused = result.Value.Refused;
                    Print(result.Value, options, observer.HasFile ? report : null);
                },
                cancellationToken);
            return refused == 0 ? 0 : RefusedException.Refused;
        }
        catch (ImportSourceException exception)
        {
            throw new StartupException($"{source.Name}: {exception.Message}");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new StartupException($"{source.FullName} cannot be read: {exception.Message}");
        }
    }

    private static void Print(ImportPeople.Response done, ImportOptions options, string? report)
    {
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(culture, $"{(done.DryRun ? "Would take over" : "Took over")} {done.People} people and {done.Faces} faces of {done.Entries} entries."));
        if (done.SkippedEntries > 0)
        {
            Console.WriteLine(string.Create(culture, $"{done.SkippedEntries} entries before them were done already."));
        }

        if (done.KnownFaces > 0)
        {
            Console.WriteLine(string.Create(culture, $"{done.KnownFaces} faces were there already."));
        }

        if (done.Refused > 0)
        {
            Console.WriteLine(string.Create(culture, $"{done.Refused} entries were refused; {report} says why."));
        }

        if (done.StoppedAtLine is { } line)
        {
            Console.WriteLine(string.Create(culture, $"Stopped at line {line}, as --strict asks. What came before its batch is taken over."));
        }

        if (done.Faces > 0 && options.Consent == ImportConsent.None)
        {
            Console.WriteLine("No consent was written down. Where you can vouch for it, run this again with --consent-attested.");
        }
    }
}
