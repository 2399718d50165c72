using System.CommandLine;
using FaceId.Application.Users.Retention;
using FaceId.Infrastructure.Configuration;
using MediatR;

namespace FaceId.Web.Commands;

/// <summary><c>faceid retention</c>: erases what the settings no longer keep.</summary>
internal static class RetentionCommand
{
    public static Command Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would go." };
        var command = new Command("retention", "Erase what is older than the settings FaceId:Retention keep, and what is of no use to anybody.") { dryRun };
        command.SetAction((parsed, cancellationToken) => CommandServices.RunAsync(
            async services =>
            {
                var result = await services.GetRequiredService<IMediator>().Send(new ApplyRetention(parsed.GetValue(dryRun)), cancellationToken);
                if (result.IsError)
                {
                    throw new StartupException(result.FirstError.Description);
                }

                Print(result.Value);
            },
            cancellationToken));
        return command;
    }

    private static void Print(ApplyRetention.Response report)
    {
        Console.WriteLine(FormattableString.Invariant($"{"",-26} {"older than",-17} {(report.DryRun ? "would go" : "gone"),10}"));
        foreach (var item in report.Items)
        {
            Console.WriteLine(FormattableString.Invariant($"{item.What,-26} {item.OlderThan.UtcDateTime,-17:yyyy-MM-dd HH:mm} {item.Count,10}"));
        }

        if (report.Images.Missing > 0)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{report.Images.Missing} faces name a photo that is not in this server's folder: {string.Join(", ", report.Images.MissingOf)}{(report.Images.Missing > report.Images.MissingOf.Count ? " and others" : "")}."));
        }

        if (report.Images.NotSwept is { } why)
        {
            Console.WriteLine($"Photos that no face names stay: {why}");
        }
    }
}
