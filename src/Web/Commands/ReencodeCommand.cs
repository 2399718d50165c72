using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FaceId.Web.Commands;

/// <summary><c>faceid reencode</c>: templates anew from kept photos.</summary>
internal static class ReencodeCommand
{
    public static Command Create()
    {
        var before = new Option<Moment?>("--before")
        {
            Description = "Also faces of the models in use that were last encoded before this: a date or moment in UTC such as 2026-11-30 or 2026-11-30T18:00:00Z, or now for all.",
            CustomParser = Parse,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Do everything but write: say what would be reencoded and what refused. It takes as long." };
        var report = new Option<FileInfo?>("--report") { Description = "Where to list what was refused and why; by default reencode.refused.jsonl in the current folder, made when there is something." };
        var command = new ExampledCommand(
            "reencode",
            "Make the templates anew of faces that are not of the models in use, from their kept photos, beside running servers or without. What was stopped goes on when it is run again.",
            "faceid reencode --dry-run",
            "faceid reencode",
            "faceid reencode --before 2026-11-30",
            "faceid reencode --before now")
        {
            before, dryRun, report,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var refused = 0L;
            await CommandServices.RunAsync(
                async services =>
                {
                    var moment = parsed.GetValue(before);
                    var path = parsed.GetValue(report)?.FullName ?? Path.GetFullPath("reencode.refused.jsonl");
                    using var work = await Reencoding.BeginAsync(services, moment?.At ?? (moment is null ? null : Now(services)), parsed.GetValue(dryRun), path, cancellationToken);
                    refused = await work.RunAsync(cancellationToken);
                },
                cancellationToken);
            return refused == 0 ? 0 : RefusedException.Refused;
        });
        return command;
    }

    private static DateTimeOffset Now(IServiceProvider services)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"If this is stopped, go on with --before {now.UtcDateTime:O}"));
        return now;
    }

    private static Moment? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text == "now")
        {
            return new Moment(At: null);
        }

        if (DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return new Moment(at);
        }

        argument.AddError($"'{text}' is no moment. Write it like 2026-11-30 or 2026-11-30T18:00:00Z, or now.");
        return null;
    }

    /// <param name="At">Null for when the command runs.</param>
    private sealed record Moment(DateTimeOffset? At);
}
